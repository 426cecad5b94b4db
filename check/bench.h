#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "check/key_cost.h"
#include "redis/connection.h"

namespace check {

// How much of it.
struct BenchLoad {
  std::chrono::milliseconds duration{30'000};  // of all together
  size_t connections = 50;
  size_t threads = 1;
  size_t pipeline = 16;
  size_t value_size = 100;  // bytes
};

struct BenchOptions {
  redis::ConnectOptions connect;                   // with TLS
  std::optional<redis::ConnectOptions> plaintext;  // the same server without
  BenchLoad load;
};

// One thing that was measured with a load on the server.
struct Measurement {
  enum class Kind { kCommands, kHandshakes };

  Kind kind;
  std::string name;  // "GET", "GET -P 16", "full", "resumed"
  std::string over;  // "plaintext", "TLSv1.2", "TLSv1.3"
  uint64_t count = 0;
  double per_second = 0;
  double p50 = 0;  // milliseconds, like all of them
  double p95 = 0;
  double p99 = 0;
  double p999 = 0;
  std::optional<double> server_cpu;  // microseconds for each, where INFO tells
  double own_cpu = 0;                // of one core: 0.5 is half of it
  bool is_bound_by_us = false;       // we had no more to give; the server may
  std::string why_not;               // it was not measured
};

struct BenchResult {
  std::string target;
  std::string server;  // "Redis 7.0.15"; empty where INFO is not allowed
  std::string key;     // of its certificate: "EC P-256"
  BenchLoad load;
  std::vector<Measurement> measurements;
  std::vector<KeyCost> key_costs;
  std::vector<std::string> notes;  // what could not be measured, and why
};

// Called before each part, with its name. What it throws ends the bench.
using BenchProgress = std::function<void(size_t part, size_t parts, const std::string& name)>;

// Puts load on the server, part after part, for the duration. Commands are GET and SET of one key that is of
// nobody else and removed at the end; PING where the user may not.
// Throws Error when the server can't be reached, or refuses us over every protocol.
BenchResult bench(const BenchOptions& options, const base::Clock& clock, const BenchProgress& progress);

}  // namespace check
