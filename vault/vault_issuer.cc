#include "vault/vault_issuer.h"

#include <algorithm>
#include <charconv>

#include "base/duration.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "base/words.h"
#include "pki/request.h"
#include "vault/remedy.h"

namespace vault {
namespace {

using base::Error;
using base::ErrorKind;
using Kind = pki::SubjectAltName::Kind;

constexpr std::chrono::minutes kRounding{5};  // that a certificate may end earlier without a word

// "EC P-256", "RSA 2048", "Ed25519".
KeyKind kind_of(const pki::PrivateKey& key) {
  const std::string words = base::lower_case(pki::describe_key(key.handle()));
  KeyKind kind{words.substr(0, words.find(' ')), 0};
  const size_t digits = words.find_first_of("0123456789", kind.type.size());
  if (digits != std::string::npos)
    std::from_chars(words.data() + digits, words.data() + words.size(), kind.bits);
  return kind;
}

bool has(const std::vector<pki::SubjectAltName>& names, Kind kind) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return name.kind == kind; });
}

// A role certifies names that it knows: the lineage's own is none of them, unless nothing else is asked for.
std::string common_name(const pki::CertificateOrder& wanted) {
  std::string name;
  for (const auto& [type, value] : wanted.subject.attributes) {
    if (type == "CN") name = value;
  }
  if (name != wanted.lineage) return name;
  const auto& names = wanted.subject_alt_names;
  const auto is_named = [&](const auto& known) { return known.value == name; };
  if (std::any_of(names.begin(), names.end(), is_named)) return name;
  const auto dns =
      std::find_if(names.begin(), names.end(), [](const auto& known) { return known.kind == Kind::kDns; });
  return dns == names.end() ? name : dns->value;
}

pki::DistinguishedName subject(const pki::CertificateOrder& wanted) {
  pki::DistinguishedName name = wanted.subject;
  for (auto& [type, value] : name.attributes) {
    if (type == "CN") value = common_name(wanted);
  }
  return name;
}

pki::CertificateChain chain_of(const SignedCertificate& made) {
  auto chain = pki::parse_certificates(made.certificate, "Vault's certificate");
  if (chain.size() > 1) chain.erase(chain.begin() + 1, chain.end());
  std::string above;
  for (const std::string& pem : made.ca_chain) above += pem + "\n";
  if (above.empty()) above = made.issuing_ca;
  if (above.empty()) return chain;
  for (auto& certificate : pki::parse_certificates(above, "Vault's chain")) chain.push_back(certificate);
  return chain;
}

std::vector<pki::Certificate> self_signed(const pki::CertificateChain& chain) {
  std::vector<pki::Certificate> roots;
  std::copy_if(chain.begin(), chain.end(), std::back_inserter(roots),
               [](const auto& certificate) { return certificate.issued(certificate); });
  return roots;
}

}  // namespace

void VaultIssuer::require_allowed(const Role& role, const pki::CertificateOrder& wanted) const {
  const std::string name = "the role '" + options_.engine.role + "' ";
  const std::string look =
      "; see 'vault read " + options_.engine.mount + "/roles/" + options_.engine.role + "'";
  const auto refuse = [&](const std::string& what) { throw Error(ErrorKind::kRefused, name + what + look); };
  const bool makes_key = options_.way == Way::kIssue;
  const KeyKind key = kind_of(wanted.key);
  const bool is_other_type = !role.key_type.empty() && role.key_type != "any" && role.key_type != key.type;
  if (is_other_type) {
    const std::string type = role.key_type == "rsa"  ? "rsa-2048"
                             : role.key_type == "ec" ? "ec-p256"
                                                     : "ed25519";
    refuse("wants keys of type " + role.key_type + ": say --key-type " + type);
  }
  if (!makes_key && role.key_type == key.type && role.key_bits > key.bits) {
    refuse("wants keys of " + std::to_string(role.key_bits) + " bits, and this one has " +
           std::to_string(key.bits) + ": say another --key-type");
  }
  if (pki::serves(wanted.profile) && !role.is_for_servers)
    refuse("makes no server certificates (server_flag)");
  if (pki::dials(wanted.profile) && !role.is_for_clients)
    refuse("makes no client certificates (client_flag)");
  const auto& names = wanted.subject_alt_names;
  if (has(names, Kind::kIp) && !role.allows_ip_addresses) refuse("allows no IP addresses (allow_ip_sans)");
  if (has(names, Kind::kUri) && !role.allows_uris) refuse("allows no URIs (allowed_uri_sans)");
}

pki::IssuedCertificate VaultIssuer::make(PkiEngine& engine, const pki::CertificateOrder& wanted) {
  const auto role = engine.role();
  if (role && options_.way != Way::kVerbatim) require_allowed(*role, wanted);

  SigningRequest request{"",
                         common_name(wanted),
                         wanted.subject_alt_names,
                         wanted.lifetime,
                         wanted.profile,
                         kind_of(wanted.key)};
  if (options_.way != Way::kIssue) {
    request.csr =
        pki::CertificateRequest::make(wanted.key, subject(wanted), wanted.subject_alt_names).to_pem();
  }
  auto [made, warnings] = engine.make(options_.way, request, role);

  auto key = options_.way == Way::kIssue ? pki::PrivateKey::from_pem(made.private_key, {}, "Vault's key")
                                         : wanted.key;
  auto chain = chain_of(made);
  auto roots = pki::take_root(chain, options_.roots.empty() ? self_signed(chain) : options_.roots);
  const auto end = chain.front().not_after();
  if (end < clock_.now() + wanted.lifetime - kRounding && end > clock_.now()) {
    warnings.push_back("it ends at " + base::format_timestamp(end) + ", though " +
                       base::format_duration(wanted.lifetime) + " were asked for");
  }
  for (const std::string& warning : warnings) {
    if (options_.warn) options_.warn(wanted.lineage + ": Vault: " + warning);
  }
  return {std::move(key), std::move(chain), std::move(roots), {}, std::move(warnings)};
}

pki::IssuedCertificate VaultIssuer::issue(const pki::CertificateOrder& wanted) {
  PkiEngine engine(session_, options_.engine);
  try {
    return make(engine, wanted);
  } catch (const Refusal& refusal) {
    throw explain(refusal, options_.engine);
  }
}

}  // namespace vault
