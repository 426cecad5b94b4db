#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/version.h"
#include "pki/lineage.h"
#include "server/server.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

// redis-server's option style, which CLI11 can't know: [CONF] [--lineage NAME] [--DIRECTIVE VALUE…]…
struct ServeArguments {
  std::string config_file;
  std::string lineage;
  std::vector<std::string> directives;
};

ServeArguments split(const std::vector<std::string>& words) {
  ServeArguments arguments;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i == 0 && !words[i].starts_with("-")) {
      arguments.config_file = words[i];
    } else if (words[i] == "--lineage") {
      if (++i == words.size()) throw Error(ErrorKind::kUsage, "--lineage: names no lineage");
      arguments.lineage = words[i];
    } else {
      arguments.directives.push_back(words[i]);
    }
  }
  if (words.empty()) {
    throw Error(ErrorKind::kUsage,
                "what to serve? name a lineage with --lineage NAME, or a configuration file");
  }
  return arguments;
}

// What a lineage serves when nothing else is said.
void apply_lineage(server::Config& config, const pki::Home& home, const std::string& name) {
  const auto lineage = pki::Lineage::open(home, name);
  if (!pki::serves(lineage.settings().profile)) {
    throw Error(ErrorKind::kUsage,
                "'" + name + "' is a client lineage; a server needs one of 'issue server'");
  }
  if (!lineage.current())
    throw Error(ErrorKind::kNotFound, "the lineage '" + name + "' has no certificate yet");
  const auto files = lineage.paths().current_files();
  config.tls_port = 6380;
  config.tls_cert_file = files.certificate();
  config.tls_key_file = files.key();
  config.tls_ca_cert_file = home.client_roots();
}

// Is there while the server runs.
class PidFile {
 public:
  PidFile(const std::filesystem::path& file, server::Log& log) {
    if (file.empty()) return;
    try {
      base::write_file(file, std::to_string(::getpid()) + "\n", {.mode = 0644});
      file_ = file;
    } catch (const Error& error) {
      log.warning(std::string("pidfile: ") + error.what());
    }
  }
  PidFile(const PidFile&) = delete;
  PidFile& operator=(const PidFile&) = delete;
  ~PidFile() {
    std::error_code ignored;
    if (!file_.empty()) std::filesystem::remove(file_, ignored);
  }

 private:
  std::filesystem::path file_;
};

int run(const std::vector<std::string>& words, const Environment& environment) {
  const ServeArguments arguments = split(words);
  server::Config config;
  if (environment.globals.verbose) config.loglevel = server::LogLevel::kVerbose;
  if (environment.globals.quiet) config.loglevel = server::LogLevel::kWarning;
  if (!arguments.lineage.empty())
    apply_lineage(config, pki::Home(environment.globals.home), arguments.lineage);
  if (!arguments.config_file.empty()) {
    config.config_file = std::filesystem::absolute(arguments.config_file);
    server::apply_config_text(config, base::read_file(arguments.config_file), arguments.config_file);
  }
  server::apply_arguments(config, arguments.directives);
  const auto& clock = environment.context.clock;
  server::Log log(environment.context.err, config.logfile, config.loglevel, clock);
  server::Server server(config, kVersion, clock, log);
  const PidFile pid_file(config.pidfile, log);
  server.run();
  return 0;
}

std::string directive_names() {
  std::string names;
  for (const auto& directive : server::directives()) {
    if (directive.mutability == server::Mutability::kFixed) continue;
    names += "\n  " + std::string(directive.name);
  }
  return names;
}

}  // namespace

Run bind_serve(CLI::App& app, const Environment& environment) {
  app.prefix_command();
  app.footer(R"(Usage: redis-pki serve [CONF] [--lineage NAME] [--DIRECTIVE VALUE...]...

Serves RESP over TLS under the two-certificate rule: a new certificate serves new connections at once,
established ones stay, and a third certificate ends the connections of the oldest before it serves.
With --lineage it serves that lineage's current certificate on 127.0.0.1 and ::1, port 6380, and asks clients
for a certificate of the home's CA. CONF is a redis.conf. SIGTERM and SIGINT end it in order.

Directives:)" +
             directive_names() +
             R"(

Examples:
  redis-pki serve --lineage redis-1 --tls-port 6380
  redis-pki serve --lineage redis-1 --tls-auth-clients no
  redis-pki serve /etc/redis-pki/server.conf)");
  return [&app, environment] { return run(app.remaining(), environment); };
}

}  // namespace cli
