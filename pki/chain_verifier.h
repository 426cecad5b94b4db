#pragma once

#include <optional>
#include <string>

#include "pki/certificate.h"
#include "pki/crl.h"
#include "pki/finding.h"
#include "pki/profile.h"

namespace pki {

struct VerifyOptions {
  // What the leaf is used for by the one who presents it; a peer must be fit for both.
  std::optional<Profile> purpose;
  // A DNS name or IP address that the leaf must be for (RFC 9525; the common name doesn't count).
  std::optional<std::string> host;
  base::Time at;
  // When there are any, the leaf must not be revoked by its issuer's list, which must be there and current.
  std::vector<Crl> crls;
};

// Builds and checks the path (RFC 5280, 6) from the first certificate of `chain` over the others to one of
// `roots`, and says all that is wrong with it. Codes: expired, not_yet_valid, unknown_ca, self_signed,
// bad_signature, wrong_purpose, name_mismatch, invalid_ca, name_constraints, revoked, crl_expired,
// crl_missing, weak, invalid.
Findings verify_chain(const CertificateChain& chain, const std::vector<Certificate>& roots,
                      const VerifyOptions& options);

// What is wrong with the order of a chain: chain_order.
Findings verify_order(const CertificateChain& chain);

// What is wrong with a pair and the order of its chain: key_mismatch, chain_order.
Findings verify_pair(const CertificateChain& chain, const PrivateKey& key);

// Keys and signatures that are not strong enough any more, as errors: RSA below 2048 bits, EC below 256, MD5
// and SHA-1 (weak_key, weak_signature), and keys that OpenSSL doesn't know (unknown_key); and an intermediate
// that only serves, under which a leaf can't be a client, as a warning (serving_only_ca).
Findings assess_strength(const CertificateChain& chain);

}  // namespace pki
