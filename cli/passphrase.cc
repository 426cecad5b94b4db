#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "base/error.h"
#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "cli/new_passphrase.h"
#include "pki/authority.h"

namespace cli {
namespace {

struct PassphraseOptions {
  std::string ca_passphrase;
  std::string new_passphrase;
};

int run(const PassphraseOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto old_passphrase = read_ca_passphrase(home, options.ca_passphrase);
  const auto fresh = read_new_passphrase(options.new_passphrase, "--passphrase");
  pki::change_passphrase(home, old_passphrase, fresh);
  environment.context.out << (fresh.empty() ? "the CA's keys are not encrypted any more\n"
                                            : "the CA's keys have the new passphrase\n");
  return 0;
}

}  // namespace

Run bind_passphrase(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<PassphraseOptions>();
  CLI::App* change = app.add_subcommand("change", "encrypt the CA's keys anew");
  app.require_subcommand(1);
  change->add_option("--ca-passphrase", options->ca_passphrase,
                     "the old one: file:PATH, env:NAME, fd:N, prompt or none");
  change->add_option("--passphrase", options->new_passphrase,
                     "the new one: file:PATH, env:NAME, fd:N, prompt or none");
  app.footer(R"(Example:
  redis-pki passphrase change --ca-passphrase prompt --passphrase prompt)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
