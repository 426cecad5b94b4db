#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "redis/connection.h"
#include "redis/latencies.h"

namespace redis {

// What a load on a server did.
struct LoadResult {
  uint64_t count = 0;  // replies, or handshakes
  std::chrono::nanoseconds time{0};
  std::chrono::nanoseconds own_cpu{0};  // of this process, while it lasted
  Latencies latencies;                  // of a pipeline from the first byte out to the last byte in, or of a
                                        // handshake from connect(2) to Finished
};

struct CommandLoad {
  std::shared_ptr<const ConnectOptions> connect;
  std::vector<std::string> command;
  size_t pipeline = 1;  // commands that are sent before their replies are awaited
  size_t connections = 50;
  size_t threads = 1;
  std::function<void()> is_connected = [] {};  // called before the first command
};

// Sends the command over all connections until then, each time when the replies before are there. Opening the
// connections is not in the result. Throws Error: kRefused with the server's words when a reply is an error,
// kTimeout when none came until then, and as Connection does.
LoadResult run_commands(const CommandLoad& load, tls::Deadline until, const base::Clock& clock);

struct HandshakeLoad {
  std::shared_ptr<const ConnectOptions> connect;
  bool resumes = false;  // else each is a full one
  size_t at_once = 1;    // clients, each on a thread of its own
};

// Connects, handshakes and closes until then. Throws Error: kRefused when the server resumes nothing,
// kTimeout when there was none until then, and as Connection does.
LoadResult run_handshakes(const HandshakeLoad& load, tls::Deadline until, const base::Clock& clock);

}  // namespace redis
