#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"
#include "pki/key.h"
#include "tls/socket.h"

namespace check {

// CPU time of both sides of one full handshake.
struct HandshakeCost {
  std::chrono::nanoseconds server{0};
  std::chrono::nanoseconds client{0};
};

// What a type of key costs on this machine.
struct KeyCost {
  pki::KeyType type;
  uint64_t handshakes = 0;   // of each kind
  HandshakeCost one_sided;   // the server shows a certificate of this type
  HandshakeCost both_sided;  // the client shows one too
  std::string why_not;       // it was not measured
};

// Makes certificates of this type, of a CA with EC P-256, and handshakes with them in memory until then: TLS
// 1.3 with OpenSSL's first choice of cipher and group.
KeyCost measure_key_cost(pki::KeyType type, tls::Deadline until, const base::Clock& clock);

}  // namespace check
