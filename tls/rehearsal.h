#pragma once

#include "base/clock.h"
#include "tls/context.h"

namespace tls {

// Handshakes in memory with a server of these credentials and options (client authentication apart), so that
// a context which no client could use is found before it is used. Throws Error(kInvalid).
void rehearse_handshake(const Credentials& credentials, ServerOptions options, const base::Clock& clock);

}  // namespace tls
