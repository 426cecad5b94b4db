#include "cli/issuers.h"

#include "acme/renewal_info.h"
#include "base/error.h"
#include "cli/acme_session.h"
#include "cli/ca_passphrase.h"
#include "cli/issuer_settings.h"

namespace cli {

pki::LocalIssuer& Issuers::local() {
  if (!local_) local_.emplace(home_, passphrase(), environment_.context.clock);
  return *local_;
}

const base::Secret& Issuers::passphrase() {
  if (!passphrase_) passphrase_ = read_ca_passphrase(home_, ca_passphrase_);
  return *passphrase_;
}

bool Issuers::is_local(const pki::LineageSettings& lineage) const {
  return IssuerSettings(environment_.settings, lineage.issuer, lineage.issuer_options).type() == "local";
}

pki::Issuer& Issuers::of(const pki::LineageSettings& lineage) {
  const IssuerSettings settings(environment_.settings, lineage.issuer, lineage.issuer_options);
  if (settings.type() == "local") return local();
  if (settings.type() == "external") {
    throw base::Error(base::ErrorKind::kUsage,
                      "its certificates come from outside; 'redis-pki deploy' takes them");
  }
  others_.push_back(settings.type() == "acme"
                        ? make_acme_issuer(settings, environment_)
                        : make_vault_issuer(settings, connection_to(settings), environment_));
  return *others_.back();
}

VaultConnection& Issuers::connection_to(const IssuerSettings& settings) {
  auto& connection = vaults_[vault_connection_key(settings)];
  if (!connection) connection = std::make_unique<VaultConnection>(settings, environment_);
  return *connection;
}

std::optional<base::Time> Issuers::suggested_renewal(const pki::Lineage& lineage,
                                                     const pki::Certificate& leaf) const {
  const auto& options = lineage.settings().issuer_options;
  const IssuerSettings settings(environment_.settings, lineage.settings().issuer, options);
  if (settings.type() != "acme") return std::nullopt;
  AcmeSession session(settings, environment_, AcmeSession::Kind::kGlance);
  const auto suggestion = acme::renewal_suggestion(session.transport(), lineage.paths(), leaf);
  return suggestion ? std::optional(suggestion->chosen) : std::nullopt;
}

}  // namespace cli
