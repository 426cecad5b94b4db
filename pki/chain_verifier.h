#pragma once

#include <optional>
#include <string>

#include "pki/certificate.h"
#include "pki/finding.h"
#include "pki/profile.h"

namespace pki {

struct VerifyOptions {
  // What the leaf is used for by the one who presents it; a peer must be fit for both.
  std::optional<Profile> purpose;
  // A DNS name or IP address that the leaf must be for (RFC 9525; the common name doesn't count).
  std::optional<std::string> host;
  base::Time at;
};

// Builds and checks the path (RFC 5280, 6) from the first certificate of `chain` over the others to one of
// `roots`, and says all that is wrong with it. Codes: expired, not_yet_valid, unknown_ca, self_signed,
// bad_signature, wrong_purpose, name_mismatch, invalid_ca, weak, invalid.
Findings verify_chain(const CertificateChain& chain, const std::vector<Certificate>& roots,
                      const VerifyOptions& options);

// What is wrong with a pair and the order of its chain: key_mismatch, chain_order.
Findings verify_pair(const CertificateChain& chain, const PrivateKey& key);

}  // namespace pki
