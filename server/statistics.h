#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "server/rate.h"

namespace server {

// What has happened since the start, or since CONFIG RESETSTAT. With the server's lock.
struct Statistics {
  uint64_t connections = 0;
  uint64_t rejected_connections = 0;
  uint64_t protected_mode_rejections = 0;
  uint64_t commands = 0;
  Rate command_rate;
  size_t peak_memory = 0;  // bytes
  uint64_t keyspace_hits = 0;
  uint64_t keyspace_misses = 0;
  uint64_t expired_keys = 0;
  uint64_t error_replies = 0;
  uint64_t full_handshakes = 0;
  uint64_t resumed_handshakes = 0;
  uint64_t failed_handshakes = 0;
  uint64_t handshake_timeouts = 0;
  uint64_t handshakes_crowded_out = 0;  // beyond tls-max-handshakes
  uint64_t plaintext_on_tls_port = 0;
  uint64_t tls_on_plaintext_port = 0;
  uint64_t superseded_dropped = 0;
  uint64_t slow_readers_dropped = 0;
  uint64_t idle_dropped = 0;
  uint64_t upstream_failures = 0;
  std::map<std::string, uint64_t> handshake_failures;  // by reason; not more than kMostReasons
  std::map<std::string, uint64_t> protocols;           // of handshakes
  std::map<std::string, uint64_t> ciphers;

  static constexpr size_t kMostReasons = 32;
};

}  // namespace server
