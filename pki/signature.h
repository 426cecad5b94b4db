#pragma once

#include <openssl/types.h>

namespace pki {

// The digest that goes with a signing key; null for one that hashes by itself (Ed25519, RFC 8410).
const EVP_MD* signature_digest(EVP_PKEY* key);

}  // namespace pki
