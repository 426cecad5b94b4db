#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/profile.h"
#include "pki/subject_alt_name.h"
#include "vault/session.h"

namespace vault {

// Which path of the PKI engine makes the certificate.
enum class Way {
  kSign,      // pki/sign/ROLE: our key, what the role allows
  kVerbatim,  // pki/sign-verbatim[/ROLE]: our key, all as the request says
  kIssue,     // pki/issue/ROLE: Vault's key
};

struct EngineOptions {
  std::string mount = "pki";
  std::string role;    // may be empty for kVerbatim
  std::string issuer;  // by name or id; empty for the default one
};

// A kind of key as the engine calls it; Ed25519 has no bits.
struct KeyKind {
  std::string type;  // "ec", "rsa", "ed25519"
  int bits = 0;
};

// What a certificate is asked for with.
struct SigningRequest {
  std::string csr;          // PEM; empty for kIssue
  std::string common_name;  // empty for none
  std::vector<pki::SubjectAltName> names;
  std::chrono::seconds lifetime{};
  pki::Profile profile = pki::Profile::kServer;
  KeyKind key;  // that kIssue shall make
};

// The PKI secrets engine at a mount. All throw Refusal for an error of Vault's, and Error for all else.
class PkiEngine {
 public:
  PkiEngine(Session& session, EngineOptions options) : session_(session), options_(std::move(options)) {}

  // Nothing when we may not read it.
  std::optional<Role> role();

  struct Made {
    SignedCertificate certificate;
    std::vector<std::string> warnings;
  };
  // Each call makes another certificate. Names that the role, when it is known, takes from the request are
  // not told twice.
  Made make(Way way, const SigningRequest& request, const std::optional<Role>& role);

  // Of the issuer, its own certificate first; the root is there only when Vault has it.
  pki::CertificateChain ca_chain();

  // The issuer's list of revoked certificates, in PEM.
  std::string crl();

  // By its serial number, or where Vault doesn't store it by itself. With its key no permission is needed.
  std::optional<base::Time> revoke(const pki::Certificate& certificate);
  std::optional<base::Time> revoke_with_key(const pki::Certificate& certificate, const base::Secret& key);

  const EngineOptions& options() const { return options_; }

 private:
  std::string path_of(Way way) const;

  Session& session_;
  EngineOptions options_;
};

}  // namespace vault
