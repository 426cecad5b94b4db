#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "base/duration.h"
#include "base/error.h"
#include "check/report.h"
#include "cli/command.h"

namespace cli {
namespace {

struct CheckOptions {
  std::vector<std::string> targets;
  std::string warning;
  std::string critical;
  std::string format = "text";
  std::string ca;
  std::string timeout = "5s";
};

std::optional<std::chrono::seconds> parse_threshold(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(base::parse_duration(text));
}

int run(const CheckOptions& options, const Environment& environment) {
  if (options.format != "text" && options.format != "json") {
    throw base::Error(base::ErrorKind::kUsage,
                      "--format: '" + options.format + "' is not there; there are text and json");
  }
  const pki::Home home(environment.globals.home);
  const check::Thresholds thresholds{parse_threshold(options.warning), parse_threshold(options.critical)};
  const check::SourceOptions sources{options.ca, base::parse_duration(options.timeout)};
  const auto& clock = environment.context.clock;
  std::vector<check::Verdict> verdicts;
  for (const std::string& target : options.targets) {
    for (auto& observation : check::observe(target, home, sources, clock)) {
      verdicts.push_back(check::judge(std::move(observation), thresholds, clock.now()));
    }
  }
  const bool json = environment.globals.json || options.format == "json";
  environment.context.out << (json ? check::render_json(verdicts) : check::render_text(verdicts));
  return static_cast<int>(check::worst_state(verdicts));
}

}  // namespace

Run bind_check(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<CheckOptions>();
  app.add_option("TARGET", options->targets,
                 "a file or directory (with a /), HOST:PORT or rediss://HOST:PORT, or the name of a lineage")
      ->required();
  app.add_option("--warn", options->warning,
                 "warn so long before the end (default: 21d, or 25 % of the lifetime)");
  app.add_option("--crit", options->critical, "critical so long before the end (default: 7d, or 10 %)");
  app.add_option("--format", options->format, "text or json")->capture_default_str();
  app.add_option("--ca", options->ca, "what live servers are verified with (default: the home's root)");
  app.add_option("--timeout", options->timeout, "for each live server")->capture_default_str();
  app.footer(
      R"(Exit, as Nagios has it: 0 ok; 1 warning; 2 critical; 3 unknown or usage. The worst wins: 2, 3, 1, 0.

Examples:
  redis-pki check localhost:6380 redis-1
  redis-pki check /etc/redis/tls --warn 30d --crit 7d
  redis-pki check rediss://redis.example.com:6379 --ca /etc/redis/ca.crt --format json)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
