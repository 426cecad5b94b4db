#pragma once

namespace tls {

// Keeps private keys that are loaded from now on in memory that is locked and guarded, and turns core dumps
// of this process off. False when the system refuses to lock memory (RLIMIT_MEMLOCK): then keys may reach the
// swap.
bool protect_key_memory();

}  // namespace tls
