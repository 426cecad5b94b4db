#include "pki/signature.h"

#include <openssl/evp.h>

namespace pki {

const EVP_MD* signature_digest(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1) return nullptr;
  return EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

}  // namespace pki
