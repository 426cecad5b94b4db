#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pki/issuer.h"
#include "vault/pki_engine.h"

namespace vault {

struct IssuerOptions {
  Way way = Way::kSign;
  EngineOptions engine;
  std::vector<pki::Certificate> roots;  // what the answer is verified with; empty for Vault's own root
  std::function<void(const std::string&)> warn;  // what it did otherwise than asked; may be null
};

// Certificates from the PKI engine of a Vault or OpenBao. Each issue() makes a new one there; an answer that
// is lost is not asked for again.
class VaultIssuer : public pki::Issuer {
 public:
  // All of them outlive it.
  VaultIssuer(Session& session, IssuerOptions options, const base::Clock& clock)
      : session_(session), options_(std::move(options)), clock_(clock) {}

  // Throws Error with Vault's words and what to do.
  pki::IssuedCertificate issue(const pki::CertificateOrder& wanted) override;

 private:
  pki::IssuedCertificate make(PkiEngine& engine, const pki::CertificateOrder& wanted);
  void require_allowed(const Role& role, const pki::CertificateOrder& wanted) const;

  Session& session_;
  IssuerOptions options_;
  const base::Clock& clock_;
};

}  // namespace vault
