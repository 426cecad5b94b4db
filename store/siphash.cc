#include "store/siphash.h"

#include <openssl/rand.h>

#include "base/error.h"

namespace store {

SipHashKey SipHashKey::random() {
  SipHashKey key{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&key), sizeof key) != 1) {
    throw base::Error(base::ErrorKind::kInternal, "no randomness: OpenSSL's generator has failed");
  }
  return key;
}

}  // namespace store
