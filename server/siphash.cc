#include "server/siphash.h"

#include <openssl/rand.h>

#include "pki/openssl_error.h"

namespace server {

SipHashKey SipHashKey::random() {
  SipHashKey key{};
  pki::require(RAND_bytes(reinterpret_cast<unsigned char*>(&key), sizeof key) == 1, "no randomness");
  return key;
}

}  // namespace server
