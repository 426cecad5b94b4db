#include <CLI/CLI.hpp>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "base/file.h"
#include "check/audit_report.h"
#include "check/audit_sources.h"
#include "check/scan.h"
#include "cli/command.h"
#include "cli/server_access.h"
#include "cli/version.h"

namespace cli {
namespace {

struct Options {
  std::vector<std::string> targets;
  ServerAccess access;
  std::string conf;
  std::string format = "text";
  std::string output;
};

check::Audited audit_one(const std::string& target, const Options& options, const Environment& environment) {
  check::Audited audited{target, {}, ""};
  const auto& clock = environment.context.clock;
  const check::Thresholds thresholds;
  try {
    const auto subject =
        check::is_server(target)
            ? check::observe_audited_server(options.access.options_for(target, environment), options.conf,
                                            thresholds, clock)
            : check::read_audited_file(std::filesystem::absolute(target), thresholds, clock.now());
    audited.findings = check::audit(subject);
  } catch (const base::Error& error) {
    if (error.kind() == base::ErrorKind::kUsage) throw;
    audited.failure = error.what();
  }
  return audited;
}

int run(const Options& options, const Environment& environment) {
  if (!options.conf.empty() && (options.targets.size() != 1 || !check::is_server(options.targets.front()))) {
    throw base::Error(base::ErrorKind::kUsage,
                      "--conf is the file of one live server; a file is audited by itself");
  }
  std::vector<check::Audited> audited;
  for (const std::string& target : options.targets)
    audited.push_back(audit_one(target, options, environment));
  std::ostringstream file;
  std::ostream& out = options.output.empty() ? environment.context.out : file;
  check::write_audit(environment.globals.json ? "json" : options.format, out, audited, kVersion);
  if (!options.output.empty()) base::write_file(options.output, file.str(), {.mode = 0644});
  return static_cast<int>(check::state_of(audited));
}

}  // namespace

Run bind_audit(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGET", options->targets,
                 "a redis.conf, or a live server: HOST:PORT, rediss://, redis:// or unix:PATH")
      ->required();
  options->access.bind(app);
  app.add_option(
      "--conf", options->conf,
      "the file of the live server, to compare (default: the one that it names, when it can be read here)");
  app.add_option("--format", options->format, "text, json or sarif")->capture_default_str();
  app.add_option("--output", options->output, "write the report to this file, whole or not at all");
  app.footer(
      R"(Goes through a checklist for production: ports, protocols, ciphers, client certificates, users and passwords,
replication, files, certificates. Each finding says why it matters and what to do. A live server is asked for its settings
(CONFIG GET, ACL LIST) and tried: plaintext, no client certificate, old protocols, no forward secrecy. Nothing is changed.
Exit, as Nagios has it: 0 ok; 1 warning; 2 critical; 3 unknown or usage. The worst wins: 2, 3, 1, 0.

Examples:
  redis-pki audit /etc/redis/redis.conf
  redis-pki audit localhost:6380 --client app --user admin --pass file:/etc/redis-pki/admin.pass
  redis-pki audit localhost:6380 --conf /etc/redis/redis.conf --client app
  redis-pki audit redis.conf --format sarif --output audit.sarif)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
