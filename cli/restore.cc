#include "pki/backup.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "base/secret_source.h"
#include "cli/command.h"

namespace cli {
namespace {

struct Options {
  std::string file;
  std::string passphrase;
};

int run(const Options& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const std::string source = options.passphrase.empty() ? "prompt" : options.passphrase;
  pki::restore(home, options.file, base::read_secret(source, "Passphrase of the backup"));
  environment.context.out << "restored " << home.root().native() << "\n";
  return 0;
}

}  // namespace

Run bind_restore(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<Options>();
  app.add_option("FILE", options->file, "the backup")->required();
  app.add_option("--passphrase", options->passphrase,
                 "what it is encrypted with: file:PATH, env:NAME, fd:N or prompt");
  app.footer(R"(Makes the home of a backup where nothing is yet, whole or not at all.

Example:
  redis-pki --home /etc/redis-pki restore /backup/pki.bak --passphrase prompt)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
