#include "check/bench.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/error.h"
#include "base/parallel.h"
#include "check/bench_key.h"
#include "redis/load.h"
#include "redis/server_info.h"
#include "tls/resolve.h"

namespace check {
namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::steady_clock;
using Kind = Measurement::Kind;

constexpr const char* kPlaintext = "plaintext";
constexpr std::chrono::minutes kKeyOutlives{1};  // us, when we are killed
constexpr size_t kAtOnce = 8;                    // clients that handshake
constexpr double kBusy = 0.9;                    // of the cores that our threads can use

double in_milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

double in_seconds(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

// Large RSA keys take seconds to generate; the others are quick.
double seconds_for(pki::KeyType type) {
  switch (type) {
    case pki::KeyType::kRsa2048:
      return 0.5;
    case pki::KeyType::kRsa3072:
      return 2;
    case pki::KeyType::kRsa4096:
      return 6;
    default:
      return 0.25;
  }
}

// CPU seconds that the server has used so far; nothing when it doesn't say.
std::optional<double> server_cpu(redis::Connection& control) {
  try {
    const auto info = redis::get_info(control, "cpu");
    const auto user = info.find("used_cpu_user");
    const auto system = info.find("used_cpu_sys");
    if (user == info.end() || system == info.end()) return std::nullopt;
    return std::strtod(user->second.c_str(), nullptr) + std::strtod(system->second.c_str(), nullptr);
  } catch (const Error&) {
    return std::nullopt;
  }
}

// The same with the first address of the host that answers, so that looking it up is not measured.
redis::ConnectOptions nearest(const redis::ConnectOptions& given) {
  auto connect = given.copy();
  if (connect.endpoint.channel == redis::Endpoint::Channel::kUnix) return connect;
  tls::HostPort& address = connect.endpoint.address;
  if (connect.server_name.empty()) connect.server_name = address.host;
  const auto deadline = tls::deadline_in(connect.timeout);
  for (const std::string& number : tls::resolve(address.host, deadline)) {
    try {
      tls::Socket::connect(tls::HostPort{number, address.port}, deadline);
      address.host = number;
      break;
    } catch (const Error&) {
      // The next one may.
    }
  }
  return connect;
}

class Bench {
 public:
  Bench(const BenchOptions& options, const base::Clock& clock, const BenchProgress& progress)
      : options_(options),
        clock_(clock),
        progress_(progress),
        control_(redis::Connection::open(options.connect, clock)) {}

  BenchResult run() {
    const auto end = steady_clock::now() + options_.load.duration;
    result_.target = options_.connect.endpoint.to_string();
    result_.load = options_.load;
    control_.require({"PING"});
    describe();
    find_transports();
    const auto lifetime = std::chrono::ceil<std::chrono::seconds>(options_.load.duration) + kKeyOutlives;
    const BenchKey key(control_, options_.load.value_size, lifetime);
    if (!key.refusal().empty()) note("GET and SET", key.refusal());
    plan_commands(key);
    plan_handshakes();
    plan_parts();
    run_parts(end);
    for (Load& load : loads_) result_.measurements.push_back(result_of(load));
    return std::move(result_);
  }

 private:
  struct Transport {
    std::string name;
    std::shared_ptr<const redis::ConnectOptions> connect;
  };

  // What is measured in each round, and the sum of all rounds.
  struct Load {
    Measurement measured;
    size_t threads;
    std::function<redis::LoadResult(tls::Deadline until)> run;
    redis::LoadResult total;
    std::optional<double> server_cpu;  // seconds
  };

  struct Part {
    std::string name;
    double seconds;  // as weighed against the others
    std::function<void(tls::Deadline until)> run;
  };

  void run_parts(steady_clock::time_point end) {
    double planned = 0;
    for (const Part& part : parts_) planned += part.seconds;
    for (size_t i = 0; i < parts_.size(); ++i) {
      const auto left = std::max(in_seconds(end - steady_clock::now()), 0.0);
      progress_(i, parts_.size(), parts_[i].name);
      parts_[i].run(tls::deadline_in(
          std::chrono::milliseconds(static_cast<int64_t>(1000 * left * parts_[i].seconds / planned))));
      planned -= parts_[i].seconds;
    }
  }

  void note(const std::string& what, const std::string& why) {
    result_.notes.push_back(what + " not measured: " + why);
  }

  // Whether we are let in, and our commands are answered.
  std::optional<std::string> refusal(const redis::ConnectOptions& connect) const {
    try {
      redis::Connection::open(connect, clock_).require({"PING"});
    } catch (const Error& error) {
      return error.what();
    }
    return std::nullopt;
  }

  void add_transport(const std::string& name, redis::ConnectOptions connect) {
    transports_.push_back({name, std::make_shared<redis::ConnectOptions>(std::move(connect))});
  }

  void find_transports() {
    if (options_.plaintext) {
      auto connect = nearest(*options_.plaintext);
      if (const auto why = refusal(connect)) throw Error(ErrorKind::kRefused, "--plaintext: " + *why);
      add_transport(kPlaintext, std::move(connect));
    }
    for (const std::string protocol : {"TLSv1.2", "TLSv1.3"}) {
      auto connect = nearest(options_.connect);
      connect.only_protocol = protocol;
      if (const auto why = refusal(connect)) {
        note(protocol, *why);
      } else {
        add_transport(protocol, std::move(connect));
      }
    }
  }

  void describe() {
    const auto info = redis::get_server_info(control_);
    if (info.version != redis::Version{}) result_.server = info.name();
    const auto* shown = control_.handshake();
    if (shown != nullptr && !shown->chain.empty()) {
      result_.key = shown->chain.front().key_description();
    }
  }

  void plan(Measurement measured, size_t threads, std::function<redis::LoadResult(tls::Deadline until)> run) {
    loads_.push_back({std::move(measured), threads, std::move(run), {}, 0});
  }

  void plan_commands(const BenchKey& key) {
    for (const auto& command : key.commands()) {
      for (const size_t pipeline : std::set<size_t>{1, options_.load.pipeline}) {
        for (const Transport& transport : transports_) plan_command(command, pipeline, transport);
      }
    }
  }

  void plan_command(const BenchKey::Command& command, size_t pipeline, const Transport& transport) {
    const std::string name = command.name + (pipeline == 1 ? "" : " -P " + std::to_string(pipeline));
    redis::CommandLoad load{transport.connect, command.words, pipeline, options_.load.connections,
                            options_.load.threads};
    load.is_connected = [this] { cpu_before_ = server_cpu(control_); };
    plan({Kind::kCommands, name, transport.name}, load.threads,
         [this, load](tls::Deadline until) { return run_commands(load, until, clock_); });
  }

  void plan_handshake(const std::string& name, const Transport& transport, redis::HandshakeLoad load) {
    plan({Kind::kHandshakes, name, transport.name}, load.at_once,
         [this, load](tls::Deadline until) { return run_handshakes(load, until, clock_); });
  }

  void plan_handshakes() {
    for (const Transport& transport : transports_) {
      if (transport.name == kPlaintext) continue;
      plan_handshake("full", transport, {transport.connect});
      plan_handshake("resumed", transport, {transport.connect, true});
      plan_handshake("full, " + std::to_string(kAtOnce) + " at once", transport,
                     {transport.connect, false, kAtOnce});
      if (options_.connect.client) plan_stranger(transport);
    }
  }

  // The same without our certificate, where the server lets such a client in.
  void plan_stranger(const Transport& transport) {
    const auto stranger = std::make_shared<redis::ConnectOptions>(transport.connect->copy());
    stranger->client.reset();
    if (const auto why = refusal(*stranger)) {
      note(transport.name + " without a client certificate", *why);
    } else {
      plan_handshake("full, no client certificate", transport, {stranger});
    }
  }

  // Loads for about a second each, and all of them again and again: what slows the machine for a while slows
  // all alike. Keys once.
  void plan_parts() {
    auto weight = static_cast<double>(loads_.size());
    for (const pki::KeyType type : pki::all_key_types()) weight += seconds_for(type);
    const double seconds = std::max(in_seconds(options_.load.duration) / weight, 1.0);
    const int rounds = static_cast<int>(seconds);
    for (int round = 0; round < rounds; ++round) {
      for (Load& load : loads_) {
        parts_.push_back({load.measured.name + " over " + load.measured.over, seconds / rounds,
                          [this, &load](tls::Deadline until) { measure(load, until); }});
      }
    }
    for (const pki::KeyType type : pki::all_key_types()) {
      parts_.push_back({std::string(to_string(type)), seconds_for(type), [this, type](tls::Deadline until) {
                          result_.key_costs.push_back(measure_key_cost(type, until, clock_));
                        }});
    }
  }

  void measure(Load& load, tls::Deadline until) {
    if (!load.measured.why_not.empty()) return;
    try {
      cpu_before_ = server_cpu(control_);
      const redis::LoadResult done = load.run(until);
      const auto after = server_cpu(control_);
      load.total.count += done.count;
      load.total.time += done.time;
      load.total.own_cpu += done.own_cpu;
      load.total.latencies.add(done.latencies);
      if (load.server_cpu && cpu_before_ && after) {
        *load.server_cpu += *after - *cpu_before_;
      } else {
        load.server_cpu.reset();
      }
    } catch (const Error& error) {
      load.measured.why_not = error.what();
    }
  }

  static Measurement result_of(Load& load) {
    Measurement measured = load.measured;
    if (!measured.why_not.empty()) return measured;
    const redis::LoadResult& total = load.total;
    const auto count = static_cast<double>(total.count);
    measured.count = total.count;
    measured.per_second = count / in_seconds(total.time);
    measured.own_cpu = in_seconds(total.own_cpu) / in_seconds(total.time);
    measured.p50 = in_milliseconds(total.latencies.percentile(50));
    measured.p95 = in_milliseconds(total.latencies.percentile(95));
    measured.p99 = in_milliseconds(total.latencies.percentile(99));
    measured.p999 = in_milliseconds(total.latencies.percentile(99.9));
    const auto cores = static_cast<double>(std::min(load.threads, base::core_count()));
    measured.is_bound_by_us = measured.own_cpu >= kBusy * cores;
    if (load.server_cpu) measured.server_cpu = *load.server_cpu * 1e6 / count;
    return measured;
  }

  const BenchOptions& options_;
  const base::Clock& clock_;
  const BenchProgress& progress_;
  redis::Connection control_;
  std::optional<double> cpu_before_;  // of the server, when the part that runs began
  std::vector<Transport> transports_;
  std::vector<Load> loads_;
  std::vector<Part> parts_;
  BenchResult result_;
};

}  // namespace

BenchResult bench(const BenchOptions& options, const base::Clock& clock, const BenchProgress& progress) {
  return Bench(options, clock, progress).run();
}

}  // namespace check
