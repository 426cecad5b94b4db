#include "pki/backup.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "base/error.h"
#include "cli/command.h"
#include "cli/new_passphrase.h"

namespace cli {
namespace {

struct Options {
  std::string file;
  std::string passphrase;
};

int run(const Options& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto passphrase = read_new_passphrase(options.passphrase, "--passphrase");
  if (passphrase.empty())
    throw base::Error(base::ErrorKind::kUsage, "a backup holds private keys; it needs a passphrase");
  pki::back_up(home, options.file, passphrase);
  environment.context.out << "backed up " << home.root().native() << " to " << options.file << "\n";
  return 0;
}

}  // namespace

Run bind_backup(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<Options>();
  app.add_option("FILE", options->file, "the backup")->required();
  app.add_option("--passphrase", options->passphrase,
                 "what it is encrypted with: file:PATH, env:NAME, fd:N or prompt");
  app.footer(
      R"(The whole home, private keys included, in one encrypted file (AES-256-GCM under scrypt); consistent while others
issue and rotate.

Example:
  redis-pki backup /backup/pki.bak --passphrase file:/root/backup-pass)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
