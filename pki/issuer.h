#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pki/certificate.h"
#include "pki/finding.h"
#include "pki/key.h"
#include "pki/name.h"
#include "pki/profile.h"

namespace pki {

// What is asked of an issuer.
struct CertificateOrder {
  std::string lineage;
  Profile profile = Profile::kServer;
  DistinguishedName subject;
  std::vector<SubjectAltName> subject_alt_names;
  std::chrono::seconds lifetime{};
  PrivateKey key;
  std::optional<Certificate> replaced;  // the lineage's last one
};

// What comes back.
struct IssuedCertificate {
  PrivateKey key;
  CertificateChain chain;             // leaf first, without the root
  std::vector<Certificate> roots;     // what verifies it
  std::function<void()> on_stored;    // when it is safe on disk; may be null
  std::vector<std::string> warnings;  // what the issuer did otherwise than it was asked to; kept with it
};

// Where certificates come from. issue() may take minutes and throws Error; on failure nothing is lost.
class Issuer {
 public:
  virtual ~Issuer() = default;
  virtual IssuedCertificate issue(const CertificateOrder& order) = 0;
};

// The root that verifies the chain, which loses it where it ends with it. Throws Error(kRefused) when none of
// the trusted ones does.
std::vector<Certificate> take_root(CertificateChain& chain, const std::vector<Certificate>& trusted);

// Whether the answer is what was asked for: key, names, usages of the whole path, dates (DESIGN: never trust
// a CA's answer).
Findings check_answer(const CertificateOrder& order, const IssuedCertificate& issued, base::Time now);

}  // namespace pki
