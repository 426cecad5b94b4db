#pragma once

#include <string>

#include "base/clock.h"
#include "check/audit_subject.h"
#include "check/observation.h"
#include "redis/connection.h"

namespace check {

// What the server shows to clients; nothing when it is reached without TLS.
Observation probe_certificate(const redis::ConnectOptions& options, const base::Clock& clock);

// Tries what should not work: no TLS at `plain_port` (empty: not tried), no client certificate, old
// protocols, ciphers without forward secrecy.
void probe_behaviour(const redis::ConnectOptions& options, const std::string& plain_port,
                     const base::Clock& clock, LiveBehaviour& live);

// How many clients have shown no certificate, where CLIENT LIST tells.
void count_clients(redis::Connection& connection, LiveBehaviour& live);

}  // namespace check
