#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "check/notice.h"
#include "check/report.h"
#include "cli/check_options.h"
#include "cli/command.h"
#include "cli/notifications.h"
#include "cli/progress.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kManyFiles = 1000;  // fewer are read at once

struct Options {
  CheckOptions check;
  std::string format = "text";
  std::string output;
  bool notify = false;
};

bool has_colour(const Environment& environment) {
  const char* terminal = std::getenv("TERM");
  const char* refused = std::getenv("NO_COLOR");
  return &environment.context.out == &std::cout && ::isatty(STDOUT_FILENO) != 0 &&
         (refused == nullptr || *refused == '\0') && terminal != nullptr &&
         terminal != std::string_view("dumb");
}

// Tells of each step once; of another source than before nothing is known.
class Teller {
 public:
  explicit Teller(const Environment& environment) : notifications_(environment) {
    if (notifications_.empty()) {
      throw Error(
          ErrorKind::kUsage,
          "--notify: the settings name nobody; say whom in their [notify] section (redis-pki.toml(5))");
    }
    if (!std::filesystem::is_directory(environment.globals.home)) {
      throw Error(ErrorKind::kNotFound, "--notify: there is no home " + environment.globals.home.native() +
                                            " to remember in what was told; make one with 'redis-pki init'");
    }
  }

  void tell(const check::Verdict& verdict) {
    tell(verdict.source, check::expiry_notice(verdict));
    tell(verdict.source + " (findings)", check::trouble_notice(verdict));
  }

 private:
  void tell(const std::string& subject, const std::optional<check::Notice>& notice) {
    if (notice) return notifications_.tell({notice->event, subject, notice->text});
    notifications_.tell_recovery(subject, subject + " is well again");
  }

  Notifications notifications_;
};

int run(const Options& options, const Environment& environment) {
  std::ostringstream file;
  std::ostream& out = options.output.empty() ? environment.context.out : file;
  const auto report = check::make_report(environment.globals.json ? "json" : options.format, out,
                                         {environment.context.clock.now(), has_colour(environment)});
  std::unique_ptr<Teller> teller;
  if (options.notify) teller = std::make_unique<Teller>(environment);
  auto progress = std::make_unique<Progress>(environment);
  const auto tally = options.check.scan(
      environment,
      [&](const check::Verdict& verdict) {
        report->add(verdict);
        if (teller) teller->tell(verdict);
      },
      [&](size_t files) {
        if (files >= kManyFiles) progress->show(std::to_string(files) + " files");
      });
  progress.reset();
  report->finish(tally);
  if (!options.output.empty()) base::write_file(options.output, file.str(), {.mode = 0644});
  return static_cast<int>(tally.state);
}

}  // namespace

Run bind_check(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<Options>();
  options->check.bind(app);
  std::string formats;
  for (const auto& format : check::report_formats()) formats += (formats.empty() ? "" : ", ") + format;
  app.add_option("--format", options->format, formats)->capture_default_str();
  app.add_option("--output", options->output, "write the report to this file, whole or not at all");
  app.add_flag(
      "--notify", options->notify,
      "tell those whom [notify] in the settings names, once at 60, 30, 15 and 7 days before the end");
  app.footer(
      R"(Files hold PEM, DER or PKCS#12, a Kubernetes secret in YAML or JSON, or are a redis.conf, whose files are looked at.
Directories are searched with all below them; of a home only what is current counts. What can't be read is unknown,
never ok.
Exit, as Nagios has it: 0 ok; 1 warning; 2 critical; 3 unknown or usage. The worst wins: 2, 3, 1, 0.

Examples:
  redis-pki check localhost:6380 redis-1
  redis-pki check /etc/redis/tls '/etc/ssl/redis-*.pem' --warn 30d --crit 7d
  redis-pki check rediss://redis.example.com:6379 https://example.com --ca /etc/redis/ca.crt --format nagios
  redis-pki check /etc/redis/redis.conf --format prometheus --output /var/lib/node_exporter/redis-pki.prom
  redis-pki check ./k8s --format junit --output certificates.xml)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
