#include "acme/solver.h"

#include <openssl/evp.h>

#include <array>

#include "acme/jose.h"
#include "pki/openssl_error.h"

namespace acme {

std::string dns_value(const Proof& proof) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  pki::require(EVP_Digest(proof.key_authorization.data(), proof.key_authorization.size(), digest.data(),
                          &size, EVP_sha256(), nullptr) == 1,
               "can't hash");
  return to_base64url({reinterpret_cast<char*>(digest.data()), size});
}

std::string dns_name(const Proof& proof) { return "_acme-challenge." + proof.identifier.value; }

}  // namespace acme
