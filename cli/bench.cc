#include "check/bench.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <sstream>

#include "base/duration.h"
#include "base/error.h"
#include "base/file.h"
#include "base/interruption.h"
#include "check/bench_report.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/server_access.h"
#include "tls/resolve.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using Channel = redis::Endpoint::Channel;

constexpr size_t kMostConnections = 10'000;
constexpr size_t kMostThreads = 256;
constexpr size_t kLongestPipeline = 1000;
constexpr std::chrono::seconds kShortest{5};
constexpr size_t kLargestValue = size_t{1} << 20;

struct Options {
  std::string target;
  std::string plaintext;
  ServerAccess access;
  std::string duration = "30s";
  check::BenchLoad load;
  bool is_sure = false;
  std::string format = "text";
  std::string output;
};

bool is_on_this_host(const redis::ConnectOptions& connect) {
  if (connect.endpoint.channel == Channel::kUnix) return true;
  const auto addresses = tls::resolve(connect.endpoint.address.host, tls::deadline_in(connect.timeout));
  return std::all_of(addresses.begin(), addresses.end(), tls::is_loopback);
}

void require_sure(const Options& options, const redis::ConnectOptions& connect) {
  if (options.is_sure || is_on_this_host(connect)) return;
  throw Error(ErrorKind::kUsage,
              connect.endpoint.to_string() +
                  " is another host, and its users would feel the load; say --yes if that is "
                  "meant");
}

check::BenchOptions read_options(const Options& options, const Environment& environment) {
  check::BenchOptions read{options.access.options_for(options.target, environment), {}, options.load};
  read.load.duration = base::parse_duration(options.duration);
  if (read.connect.endpoint.channel != Channel::kTls) {
    throw Error(ErrorKind::kUsage, "TARGET is where the server speaks TLS; the port without is --plaintext");
  }
  if (read.load.duration < kShortest) {
    throw Error(ErrorKind::kUsage, "--duration: less than 5s is too short for all that is measured");
  }
  if (read.load.threads > read.load.connections) {
    throw Error(ErrorKind::kUsage, "--threads: there are more of them than --connections");
  }
  require_sure(options, read.connect);
  if (options.plaintext.empty()) return read;
  const bool names_channel =
      options.plaintext.find("://") != std::string::npos || options.plaintext.starts_with("unix:");
  read.plaintext.emplace(
      options.access.options_for((names_channel ? "" : "redis://") + options.plaintext, environment));
  if (read.plaintext->endpoint.channel == Channel::kTls) {
    throw Error(ErrorKind::kUsage, "--plaintext: " + options.plaintext + " is an address with TLS");
  }
  require_sure(options, *read.plaintext);
  return read;
}

// Before a server is loaded for nothing.
void require_place_for(const std::string& output) {
  const auto directory = std::filesystem::absolute(output).parent_path();
  if (::access(directory.c_str(), W_OK | X_OK) != 0) throw base::system_error("write", output, errno);
}

check::BenchResult measure(const check::BenchOptions& options, const Environment& environment) {
  base::Interruption interruption;
  Progress progress(environment);
  return check::bench(
      options, environment.context.clock, [&](size_t part, size_t parts, const std::string& name) {
        if (interruption.wait(std::chrono::milliseconds(0))) {
          throw Error(ErrorKind::kRefused, "interrupted; nothing is left at the server");
        }
        progress.show(std::to_string(part + 1) + " of " + std::to_string(parts) + ": " + name);
      });
}

int run(const Options& options, const Environment& environment) {
  const std::string format = environment.globals.json ? "json" : options.format;
  if (!options.output.empty()) require_place_for(options.output);
  const auto result = measure(read_options(options, environment), environment);
  std::ostringstream file;
  std::ostream& out = options.output.empty() ? environment.context.out : file;
  check::write_bench(format, out, result);
  if (!options.output.empty()) base::write_file(options.output, file.str(), {.mode = 0644});
  return 0;
}

}  // namespace

Run bind_bench(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<Options>();
  check::BenchLoad& load = options->load;
  app.add_option("TARGET", options->target, "the server where it speaks TLS: HOST:PORT or rediss://")
      ->required();
  app.add_option("--plaintext", options->plaintext,
                 "the same server without TLS, to compare: HOST:PORT, redis:// or unix:PATH");
  options->access.bind(app);
  app.add_option("--duration", options->duration, "of all together")->capture_default_str();
  app.add_option("--connections", load.connections, "that send commands")
      ->check(CLI::Range(size_t{1}, kMostConnections))
      ->capture_default_str();
  app.add_option("--threads", load.threads, "that share them")
      ->check(CLI::Range(size_t{1}, kMostThreads))
      ->capture_default_str();
  app.add_option("--pipeline", load.pipeline, "commands that are sent at once, besides one by one")
      ->check(CLI::Range(size_t{1}, kLongestPipeline))
      ->capture_default_str();
  app.add_option("--value-size", load.value_size, "of what is set and got, in bytes")
      ->check(CLI::Range(size_t{1}, kLargestValue))
      ->capture_default_str();
  app.add_flag("--yes", options->is_sure, "also when the server is on another host");
  app.add_option("--format", options->format, "text, json or html")
      ->check(CLI::IsMember(check::bench_formats()))
      ->capture_default_str();
  app.add_option("--output", options->output, "write the report to this file, whole or not at all");
  app.footer(
      R"(Tells what TLS costs on this server: GET and SET one by one and pipelined, over TLS 1.2, TLS 1.3 and, with
--plaintext, without; full and resumed handshakes, with and without a client certificate; what each type of key costs.
For each: how many a second, latencies, CPU time of the server (from its INFO) and of this program.
The server is loaded as much as it can bear. One key of an own name is set, and removed at the end.

Examples:
  redis-pki bench localhost:6380 --plaintext localhost:6379 --client app
  redis-pki bench localhost:6380 --duration 2m --threads 4 --format html --output tls-cost.html
  redis-pki bench redis.example.com:6380 --yes --connections 10 --duration 10s --user bench --pass prompt)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
