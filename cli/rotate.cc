#include <CLI/CLI.hpp>
#include <memory>

#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "cli/profile_defaults.h"
#include "cli/rotation_run.h"
#include "cli/target_options.h"

namespace cli {
namespace {

struct RotateOptions {
  std::string name;
  TargetOptions target;
  RotationRequest request;
  bool reuse_key = false;
};

int run(const RotateOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  auto settings = pki::Lineage::open(home, options.name).settings();
  settings.reuse_key = settings.reuse_key || options.reuse_key;
  settings.lifetime = ProfileDefaults(environment.settings, settings.profile).clip(settings.lifetime);
  const auto lineage = pki::Lineage::define(home, options.name, settings);
  rotate::TargetStore store(lineage.paths().targets());
  for (const auto& target : options.target.targets(environment)) store.remember(target);
  return run_rotation(lineage, store, options.request, environment);
}

}  // namespace

Run bind_rotate(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<RotateOptions>();
  app.add_option("NAME", options->name, "the lineage")->required();
  options->target.bind(app);
  app.add_flag("--dry-run", options->request.options.dry_run,
               "connect and check, say what would be done, change nothing");
  app.add_flag("--reuse-key", options->reuse_key, "keep the key of the last generation, this once");
  app.add_flag("--no-issue", options->request.options.no_issue,
               "issue nothing: deploy and prove what is issued");
  app.add_flag("--adopt", options->request.options.adopt,
               "move a server that reads its certificate from elsewhere to the lineage's link");
  app.add_flag("--drop-superseded", options->request.options.drop_superseded,
               "then end the connections that are older than the rotation before this one");
  app.add_flag("--recover", options->request.recover, "only finish or revert a rotation that was cut off");
  app.add_option("--ca-passphrase", options->request.ca_passphrase, kCaPassphraseHelp);
  app.footer(
      R"(Issue, validate, back up, swap, reload, prove - or roll back. The proof is a new connection with a full
handshake: the new certificate, verified as clients verify it, then PING. A rotation that was cut off is
finished by the next run, or reverted and begun again.

A server that reads the lineage's link is rotated by moving it. Other files of its own are replaced in place,
if their certificate is the one that it serves.

Exit: 0 done; 1 failed, nothing changed; 2 usage; 3 rolled back, the old certificate serves; 4 a person must
look.

Examples:
  redis-pki rotate redis-1 --target localhost:6380 --client app
  redis-pki rotate redis-1
  redis-pki rotate redis-1 --dry-run
  redis-pki rotate redis-1 --target redis.example.com:6379 --admin unix:/run/redis/redis.sock)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
