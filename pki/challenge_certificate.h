#pragma once

#include <string_view>

#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/subject_alt_name.h"

namespace pki {

// A key with its chain.
struct Pair {
  CertificateChain chain;
  PrivateKey key;
};

// The self-signed certificate of a tls-alpn-01 challenge (RFC 8737, 3): for this name, with the SHA-256 of
// the key authorization in the critical extension acmeIdentifier.
Pair make_challenge_certificate(const SubjectAltName& name, std::string_view key_authorization);

}  // namespace pki
