#include <CLI/CLI.hpp>
#include <memory>
#include <mutex>
#include <sstream>

#include "base/duration.h"
#include "base/error.h"
#include "base/interruption.h"
#include "check/report.h"
#include "cli/check_options.h"
#include "cli/command.h"
#include "http/listener.h"
#include "tls/address.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::steady_clock;

struct Options {
  CheckOptions check;
  std::string listen = "127.0.0.1:9793";
  std::string max_age = "30s";
};

// The metrics, not older than they may be. Requests that come at once share one scan.
class Metrics {
 public:
  Metrics(const Options& options, const Environment& environment)
      : options_(options), environment_(environment), max_age_(base::parse_duration(options.max_age)) {}

  std::string get() {
    const std::lock_guard guard(mutex_);
    if (!text_.empty() && steady_clock::now() - made_ < max_age_) return text_;
    std::ostringstream out;
    const auto report = check::make_prometheus_report(out, {environment_.context.clock.now()});
    report->finish(
        options_.check.scan(environment_, [&](const check::Verdict& verdict) { report->add(verdict); }));
    text_ = std::move(out).str();
    made_ = steady_clock::now();
    return text_;
  }

 private:
  const Options& options_;
  const Environment& environment_;
  const std::chrono::milliseconds max_age_;
  std::mutex mutex_;
  std::string text_;
  steady_clock::time_point made_;
};

http::Page answer(const std::string& path, Metrics& metrics) {
  if (path == "/") {
    return {200, "text/html; charset=utf-8",
            "<!DOCTYPE html><title>redis-pki</title><a href=\"/metrics\">metrics</a>\n"};
  }
  if (path != "/metrics") return {404, "text/plain; charset=utf-8", "not here; see /metrics\n"};
  try {
    return {200, "text/plain; version=0.0.4; charset=utf-8", metrics.get()};
  } catch (const Error& error) {
    return {500, "text/plain; charset=utf-8", std::string(error.what()) + "\n"};
  }
}

int run(const Options& options, const Environment& environment) {
  const auto address = tls::parse_host_port(options.listen);
  if (!address) {
    throw Error(ErrorKind::kUsage,
                "--listen: '" + options.listen + "' is no address; write it like 127.0.0.1:9793");
  }
  if (options.check.passphrase.starts_with("fd:") || options.check.passphrase == "prompt") {
    throw Error(ErrorKind::kUsage, "--passphrase: it is read at each scan; give it as file:PATH or env:NAME");
  }
  Metrics metrics(options, environment);
  metrics.get();  // what is wrong with the options ends it now
  base::Interruption interruption;
  const http::Listener listener(address->host, address->port,
                                [&](const std::string& path) { return answer(path, metrics); });
  environment.context.err << "redis-pki: metrics at http://"
                          << tls::HostPort{address->host, static_cast<uint16_t>(listener.port())}.to_string()
                          << "/metrics" << std::endl;
  while (!interruption.wait(std::chrono::hours(1))) {
  }
  return 0;
}

}  // namespace

Run bind_exporter(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<Options>();
  options->check.bind(app);
  app.add_option("--listen", options->listen, "HOST:PORT to serve the metrics at")->capture_default_str();
  app.add_option("--max-age", options->max_age, "look again when what was seen is older than this")
      ->capture_default_str();
  app.footer(
      R"(Serves http://HOST:PORT/metrics until SIGINT or SIGTERM. The metrics are those of 'check --format prometheus';
alert rules for them are in packaging/.

Examples:
  redis-pki exporter /etc/redis/tls redis-1.example.com:6379
  redis-pki exporter redis-1 --listen 0.0.0.0:9793)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
