#include "tls/key_memory.h"

#include <openssl/crypto.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace tls {

bool protect_key_memory() {
  constexpr size_t kHeap = size_t{4} << 20;  // also for the ephemeral keys of many thousand handshakes
  constexpr size_t kSmallest = 32;
  constexpr int kLocked = 1;
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  if (CRYPTO_secure_malloc_initialized() == 1) return true;
  return CRYPTO_secure_malloc_init(kHeap, kSmallest) == kLocked;
}

}  // namespace tls
