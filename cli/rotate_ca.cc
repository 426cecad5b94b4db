#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "base/duration.h"
#include "base/error.h"
#include "base/file_lock.h"
#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "cli/profile_defaults.h"
#include "cli/rotation_run.h"
#include "pki/authority_change.h"
#include "rotate/ca_rotation.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using pki::ChangePhase;
using rotate::Outcome;

struct RotateCaOptions {
  std::string phase;
  std::string tier;
  std::string key_type;
  std::string lifetime;
  bool undo = false;
  bool status = false;
  bool ignores_clients = false;
  std::string ca_passphrase;
};

// What comes next when none is named.
ChangePhase next_phase(const std::optional<pki::AuthorityChange>& change) {
  if (!change || change->is_over()) return ChangePhase::kTrust;
  if (!change->is_done || change->phase == ChangePhase::kRetire) return change->phase;
  return change->phase == ChangePhase::kTrust ? ChangePhase::kReissue : ChangePhase::kRetire;
}

std::string describe(const std::optional<pki::AuthorityChange>& change) {
  if (!change) return "no change of the CA is under way";
  if (change->is_over()) return "the last change of the CA is over; the old one is kept in ca/old";
  const std::string phase(to_string(change->phase));
  const std::string tier = change->tier == pki::Tier::kRoot ? "root" : "issuing tier";
  if (!change->is_done) return "new " + tier + ": the phase " + phase + " is not done yet";
  return "new " + tier + ": " + phase + " is done; next: redis-pki rotate-ca --phase " +
         std::string(to_string(next_phase(change)));
}

pki::NextAuthorityOptions next_options(const RotateCaOptions& options) {
  pki::NextAuthorityOptions next;
  if (!options.tier.empty()) next.tier = pki::parse_tier(options.tier);
  if (!options.key_type.empty()) next.key_type = pki::parse_key_type(options.key_type);
  if (!options.lifetime.empty()) {
    next.lifetime = std::chrono::floor<std::chrono::seconds>(base::parse_duration(options.lifetime));
  }
  return next;
}

// A new CA is described only where it is made.
void require_no_other(const RotateCaOptions& options, const std::optional<pki::AuthorityChange>& change) {
  const bool begins = !change || change->is_over();
  const bool describes = !options.key_type.empty() || !options.lifetime.empty();
  const bool is_other = !options.tier.empty() && !begins && pki::parse_tier(options.tier) != change->tier;
  if (begins || (!describes && !is_other)) return;
  throw Error(ErrorKind::kUsage,
              "another change of the CA is under way: " + describe(change) + "; --undo takes it back");
}

rotate::CaRotationResult carry_out(rotate::CaRotation& rotation, ChangePhase phase,
                                   const RotateCaOptions& options) {
  switch (phase) {
    case ChangePhase::kTrust:
      return rotation.trust(next_options(options));
    case ChangePhase::kReissue:
      return rotation.reissue();
    case ChangePhase::kRetire:
      return rotation.retire(options.ignores_clients);
  }
  return {};
}

int report(const std::string& what, const rotate::CaRotationResult& result, const pki::Home& home,
           const Environment& environment) {
  const auto change = pki::read_authority_change(home);
  const bool is_well = result.outcome == Outcome::kRotated;
  if (environment.globals.json) {
    nlohmann::json document{{"outcome", is_well ? "done" : name_of(result.outcome)},
                            {"reason", result.reason},
                            {"phase", change ? to_string(change->phase) : ""},
                            {"phase_is_done", change && change->is_done},
                            {"tier", change ? to_string(change->tier) : ""}};
    environment.context.out << document.dump(2) << "\n";
  } else if (is_well) {
    environment.context.out << what << describe(change) << "\n";
  }
  if (!is_well) environment.context.err << "redis-pki: " << what << result.reason << "\n";
  return exit_code_of(result.outcome);
}

int run(const RotateCaOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  if (!home.has_authority()) {
    throw Error(ErrorKind::kNotFound,
                home.root().native() + ": there is no CA; make one with 'redis-pki init'");
  }
  const auto change = pki::read_authority_change(home);
  if (options.status) return report("", {}, home, environment);
  require_no_other(options, change);
  if (options.undo && !options.phase.empty())
    throw Error(ErrorKind::kUsage, "--undo takes back the last phase; leave --phase out");
  const ChangePhase phase =
      options.phase.empty() ? next_phase(change) : pki::parse_change_phase(options.phase);

  const auto lock = base::FileLock::try_acquire(home.renewal_lock());
  if (!lock) {
    throw Error(ErrorKind::kExists,
                "another 'redis-pki renew' or 'redis-pki rotate-ca' is at work in " + home.root().native());
  }
  Issuers issuers(environment, options.ca_passphrase);
  rotate::CaRotation rotation(
      home, {environment.context.clock, issuers.passphrase(),
             [&](const std::string& name) { return open_clipped(home, name, environment.settings); },
             [&](const pki::LineageSettings& settings) { return issuers.is_local(settings); },
             [&](const pki::Lineage& lineage) { return rotation_context(lineage, issuers, environment); },
             [&](const std::string& text) {
               if (!environment.globals.quiet) environment.context.err << text << std::endl;
             }});
  if (options.undo) return report("taken back: ", rotation.undo(), home, environment);
  return report("", carry_out(rotation, phase, options), home, environment);
}

}  // namespace

Run bind_rotate_ca(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<RotateCaOptions>();
  app.add_option("--phase", options->phase, "trust, reissue or retire (default: what comes next)");
  app.add_option("--tier", options->tier, "what is replaced: root (with all below it), or issuing");
  app.add_option("--key-type", options->key_type, "of the new CA (default: as the old one's)");
  app.add_option("--lifetime", options->lifetime, "of the new CA (default: as the old one's)");
  app.add_flag("--undo", options->undo, "take back what the last phase did");
  app.add_flag("--status", options->status, "only say how far it is");
  app.add_flag("--ignore-clients", options->ignores_clients,
               "retire though clients were connected before the certificates were issued anew");
  app.add_option("--ca-passphrase", options->ca_passphrase, kCaPassphraseHelp);
  app.footer(
      R"(Puts a new CA in the place of the old one, in three phases, one a run. trust: everything that verifies trusts both;
proved at each target by a client of each CA. reissue: the new CA signs, and all lineages get a certificate of it.
retire: the old CA is trusted no more; refused while a server still presents, or somebody needs, a certificate of
it, and while clients are connected since before. Each phase can be run again, and taken back.

Exit: as redis-pki rotate.

Examples:
  redis-pki rotate-ca --phase trust
  redis-pki rotate-ca --phase reissue
  redis-pki rotate-ca --phase retire
  redis-pki rotate-ca --tier issuing
  redis-pki rotate-ca --undo)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
