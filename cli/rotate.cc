#include "rotate/rotation.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/secret_source.h"
#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "cli/target_options.h"
#include "pki/local_issuer.h"
#include "rotate/redis_target.h"

namespace cli {
namespace {

using rotate::Outcome;

struct RotateOptions {
  std::string name;
  TargetOptions target;
  rotate::RotationOptions rotation;
  bool reuse_key = false;
  bool recover = false;
  std::string ca_passphrase;
};

int exit_code_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRotated:
      return 0;
    case Outcome::kFailed:
      return 1;
    case Outcome::kRolledBack:
      return 3;
    case Outcome::kUnproved:
      return 4;
  }
  return 4;
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRotated:
      return "rotated";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kRolledBack:
      return "rolled_back";
    case Outcome::kUnproved:
      return "unproved";
  }
  return "";
}

std::string milliseconds(std::chrono::microseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(time.count()) / 1000);
  return text;
}

std::string in_words(const rotate::RotationResult& result, const std::string& name, size_t targets,
                     bool dry_run) {
  const std::string from = std::to_string(result.from);
  const std::string to = std::to_string(result.to);
  switch (result.outcome) {
    case Outcome::kRotated:
      if (dry_run) return name + ": would go from generation " + from + " to " + to + "; nothing was changed";
      return name + ": generation " + to + " serves on " + std::to_string(targets) +
             (targets == 1 ? " target" : " targets") + ", proved " + milliseconds(result.swap_to_proof) +
             " after the swap";
    case Outcome::kFailed:
      return name + ": failed: " + result.reason;
    case Outcome::kRolledBack:
      return name + ": rolled back to generation " + from + ", which serves everywhere: " + result.reason;
    case Outcome::kUnproved:
      return name + ": a person must look: " + result.reason;
  }
  return "";
}

// Asks for the CA's passphrase only when something is signed.
class LazyIssuer {
 public:
  LazyIssuer(const pki::Home& home, std::string passphrase_source, const base::Clock& clock)
      : home_(home), passphrase_source_(std::move(passphrase_source)), clock_(clock) {}

  pki::Issuer& get() {
    if (!issuer_) issuer_.emplace(home_, read_ca_passphrase(home_, passphrase_source_), clock_);
    return *issuer_;
  }

 private:
  const pki::Home& home_;
  std::string passphrase_source_;
  const base::Clock& clock_;
  std::optional<pki::LocalIssuer> issuer_;
};

int report(const rotate::RotationResult& result, const RotateOptions& options, size_t targets,
           const Environment& environment) {
  const std::string text = in_words(result, options.name, targets, options.rotation.dry_run);
  if (environment.globals.json) {
    const nlohmann::json document{{"lineage", options.name},
                                  {"outcome", name_of(result.outcome)},
                                  {"from_generation", result.from},
                                  {"to_generation", result.to},
                                  {"targets", targets},
                                  {"dry_run", options.rotation.dry_run},
                                  {"swap_to_proof_us", result.swap_to_proof.count()},
                                  {"reason", result.reason}};
    environment.context.out << document.dump(2) << "\n";
  } else if (result.outcome == Outcome::kRotated) {
    environment.context.out << text << "\n";
  }
  if (result.outcome != Outcome::kRotated) environment.context.err << "redis-pki: " << text << "\n";
  return exit_code_of(result.outcome);
}

int run(const RotateOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto& clock = environment.context.clock;
  const auto stored = pki::Lineage::open(home, options.name);
  auto settings = stored.settings();
  settings.reuse_key = settings.reuse_key || options.reuse_key;
  const auto lineage = pki::Lineage::define(home, options.name, settings);
  if (!pki::serves(settings.profile)) {
    throw base::Error(
        base::ErrorKind::kUsage,
        "'" + options.name + "' is a client lineage; no server serves it, and 'issue' renews it");
  }
  rotate::TargetStore store(lineage.paths().targets());
  for (const auto& target : options.target.targets(home)) store.remember(target);

  LazyIssuer issuer(home, options.ca_passphrase, clock);
  rotate::RotationContext context{
      [&]() -> pki::Issuer& { return issuer.get(); }, clock,
      [&](const rotate::Target& target) -> std::unique_ptr<rotate::ReloadTarget> {
        const auto read_secret = [&](const std::string& source) {
          return base::read_secret(source, "Password for " + target.address);
        };
        return std::make_unique<rotate::RedisTarget>(connect_options(target, home, read_secret), clock);
      },
      [&](const rotate::Step& step) {
        if (environment.globals.quiet) return;
        std::ostream& progress = environment.globals.json ? environment.context.err : environment.context.out;
        char time[32];
        std::snprintf(time, sizeof time, "%10s", milliseconds(step.took).c_str());
        progress << time << "  " << step.what << std::endl;
      }};
  rotate::Rotation rotation(lineage, store, std::move(context), options.rotation);
  if (!options.recover) return report(rotation.run(), options, store.states().size(), environment);
  const auto recovered = rotation.recover();
  if (recovered) return report(*recovered, options, store.states().size(), environment);
  environment.context.out << options.name << ": no rotation was cut off\n";
  return 0;
}

}  // namespace

Run bind_rotate(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<RotateOptions>();
  app.add_option("NAME", options->name, "the lineage")->required();
  options->target.bind(app);
  app.add_flag("--dry-run", options->rotation.dry_run,
               "connect and check, say what would be done, change nothing");
  app.add_flag("--reuse-key", options->reuse_key, "keep the key of the last generation, this once");
  app.add_flag("--no-issue", options->rotation.no_issue, "issue nothing: deploy and prove what is issued");
  app.add_flag("--adopt", options->rotation.adopt,
               "move a server that reads its certificate from elsewhere to the lineage's files");
  app.add_flag("--recover", options->recover, "only finish or revert a rotation that was cut off");
  app.add_option("--ca-passphrase", options->ca_passphrase, kCaPassphraseHelp);
  app.footer(
      R"(Issue, validate, back up, swap, reload, prove - or roll back. The proof is a new connection with a full
handshake: the new certificate, verified as clients verify it, then PING. A rotation that was cut off is
finished by the next run, or reverted and begun again.

Exit: 0 done; 1 failed, nothing changed; 2 usage; 3 rolled back, the old certificate serves; 4 a person must
look.

Examples:
  redis-pki rotate redis-1 --target localhost:6380 --client app
  redis-pki rotate redis-1
  redis-pki rotate redis-1 --dry-run)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
