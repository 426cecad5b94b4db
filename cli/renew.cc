#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <random>
#include <thread>

#include "base/duration.h"
#include "base/error.h"
#include "base/file_lock.h"
#include "base/table.h"
#include "base/timestamp.h"
#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "cli/notifications.h"
#include "cli/profile_defaults.h"
#include "cli/rotation_run.h"
#include "pki/authority_change.h"
#include "pki/crl.h"
#include "rotate/clock_guard.h"
#include "rotate/renewer.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using rotate::Outcome;
using rotate::Renewal;
using Action = rotate::RenewalDecision::Action;

struct RenewOptions {
  std::vector<std::string> names;
  bool all = false;
  bool no_deploy = false;
  std::string random_sleep;
  std::string ca_passphrase;
  rotate::RenewalOptions renewal;
};

// What became of a lineage, or of the CRL.
struct Line {
  std::string subject;
  std::string what;
  std::string reason;
  int generation = 0;
  int exit_code = 0;
};

std::string what_of(const Renewal& renewal) {
  const bool is_well = renewal.outcome == Outcome::kRotated;
  switch (renewal.decision.action) {
    case Action::kNothing:
      return is_well ? "nothing to do" : "failed";
    case Action::kWait:
      return "waits";
    case Action::kIssue:
      return !renewal.has_acted ? "would be renewed"
             : is_well          ? "renewed"
                                : std::string(name_of(renewal.outcome));
    case Action::kDeploy:
      return !renewal.has_acted ? "would be deployed"
             : is_well          ? "deployed"
                                : std::string(name_of(renewal.outcome));
  }
  return "";
}

Line line_of(const std::string& name, const Renewal& renewal) {
  const bool is_well = renewal.outcome == Outcome::kRotated;
  // A failure that waits for its next try is still one, so that who looks at the exit code keeps seeing it.
  const int waiting = renewal.decision.action == Action::kWait ? 1 : 0;
  return {name, what_of(renewal), is_well ? renewal.decision.reason : renewal.error, renewal.generation,
          is_well ? waiting : exit_code_of(renewal.outcome)};
}

class RenewalRun {
 public:
  RenewalRun(const RenewOptions& options, const Environment& environment)
      : options_(options),
        environment_(environment),
        home_(environment.globals.home),
        issuers_(environment, options.ca_passphrase),
        notifications_(environment) {}

  int all() {
    const auto lock = base::FileLock::try_acquire(home_.renewal_lock());
    if (!lock)
      throw Error(ErrorKind::kExists, "another 'redis-pki renew' is at work in " + home_.root().native());
    if (!options_.renewal.dry_run) require_clock();
    for (const std::string& name : names()) lines_.push_back(renew(name));
    if (options_.names.empty() && !options_.renewal.dry_run) refresh_crl();
    report();
    int code = 0;
    for (const Line& line : lines_) code = std::max(code, line.exit_code);
    return code;
  }

 private:
  void require_clock() const {
    const std::string doubt = rotate::doubt_clock(home_.renewal_clock(), environment_.context.clock.now());
    if (!doubt.empty() && !options_.renewal.forced) throw Error(ErrorKind::kInvalid, doubt);
  }

  std::vector<std::string> names() const {
    for (const std::string& name : options_.names) pki::Lineage::open(home_, name);  // or it is an error
    return options_.names.empty() ? home_.lineage_names() : options_.names;
  }

  Line renew(const std::string& name) {
    try {
      const auto lineage = open_clipped(home_, name, environment_.settings);
      const auto context = rotation_context(lineage, issuers_, environment_);
      rotate::RenewalOptions how = options_.renewal;
      how.suggest = [&](const pki::Certificate& leaf) { return issuers_.suggested_renewal(lineage, leaf); };
      const Renewal renewal = rotate::renew(lineage, context, how);
      tell(lineage, renewal);
      return line_of(name, renewal);
    } catch (const Error& error) {
      return {name, "failed", error.what(), 0, 1};
    }
  }

  void tell(const pki::Lineage& lineage, const Renewal& renewal) {
    const std::string& name = lineage.name();
    if (options_.renewal.dry_run) return;
    if (const auto current = lineage.current()) {
      const auto leaf = lineage.chain(*current).front();
      if (rotate::is_expiring(leaf, environment_.context.clock.now())) {
        const std::string end = base::format_timestamp(leaf.not_after());
        return notifications_.tell({"expiring", name,
                                    name + ": ends at " + end + ", and is not renewed: " +
                                        (renewal.error.empty() ? renewal.decision.reason : renewal.error)});
      }
    }
    if (renewal.outcome == Outcome::kRotated) {
      if (renewal.decision.action != Action::kNothing && !renewal.has_acted) return;
      return notifications_.tell_recovery(name, name + ": " + what_of(renewal));
    }
    const std::string event = renewal.outcome == Outcome::kFailed       ? "renewal_failed"
                              : renewal.outcome == Outcome::kRolledBack ? "rolled_back"
                                                                        : "unproved";
    notifications_.tell({event, name, name + ": " + what_of(renewal) + ": " + renewal.error});
  }

  // At half of its life, for as long as it held before.
  void refresh_crl() {
    if (!std::filesystem::exists(home_.crl())) return;
    const std::string subject = "crl.pem";
    try {
      const auto crl = pki::parse_crls(base::read_file(home_.crl()), home_.crl().native()).front();
      const auto now = environment_.context.clock.now();
      const auto lifetime = crl.next_update().value_or(now) - crl.this_update();
      const auto due = crl.this_update() + lifetime / 2;
      if (now < due && crl.this_update() <= now) {
        lines_.push_back({subject, "nothing to do", "due at " + base::format_timestamp(due)});
        return;
      }
      const auto& clock = environment_.context.clock;
      const auto crls = pki::make_crls(home_, issuers_.passphrase(), lifetime, clock);
      base::write_file(home_.crl(), crls, {.mode = 0644});
      lines_.push_back({subject, "renewed", "it was due at " + base::format_timestamp(due)});
      notifications_.tell_recovery(subject, subject + ": renewed");
    } catch (const Error& error) {
      lines_.push_back({subject, "failed", error.what(), 0, 1});
      notifications_.tell({"renewal_failed", subject, subject + ": " + error.what()});
    }
  }

  void report() const {
    if (environment_.globals.json) {
      nlohmann::json document = nlohmann::json::array();
      for (const Line& line : lines_) {
        document.push_back({{"subject", line.subject},
                            {"result", line.what},
                            {"reason", line.reason},
                            {"generation", line.generation},
                            {"exit_code", line.exit_code}});
      }
      environment_.context.out << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
                               << "\n";
      return;
    }
    std::vector<std::vector<std::string>> rows;
    for (const Line& line : lines_) {
      if (environment_.globals.quiet && line.exit_code == 0) continue;
      rows.push_back({line.subject, line.what, line.reason});
    }
    environment_.context.out << base::render_table(rows);
  }

  const RenewOptions& options_;
  const Environment& environment_;
  pki::Home home_;
  Issuers issuers_;
  Notifications notifications_;
  std::vector<Line> lines_;
};

// So that a fleet's cron jobs don't all come at once.
void sleep_up_to(const std::string& limit) {
  std::random_device random;
  const auto longest = base::parse_duration(limit).count();
  std::this_thread::sleep_for(
      std::chrono::milliseconds(std::uniform_int_distribution<long long>(0, longest)(random)));
}

int run(const RenewOptions& options, const Environment& environment) {
  if (options.all && !options.names.empty()) {
    throw Error(ErrorKind::kUsage, "--all is what 'renew' without a NAME does; leave one of them out");
  }
  if (options.renewal.forced && !options.all && options.names.empty()) {
    throw Error(ErrorKind::kUsage, "--force issues what is not due: name the lineages, or say --all");
  }
  if (!options.random_sleep.empty()) sleep_up_to(options.random_sleep);
  return RenewalRun(options, environment).all();
}

}  // namespace

Run bind_renew(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<RenewOptions>();
  app.add_option("NAME", options->names, "the lineages (default: all)");
  app.add_flag("--all", options->all, "all lineages, also with --force");
  app.add_flag("--force", options->renewal.forced,
               "issue though nothing is due, and don't wait after a failure");
  app.add_flag("--dry-run", options->renewal.dry_run, "say what would be done, change nothing");
  app.add_flag("--no-deploy", options->no_deploy, "issue, and leave the servers to the next run");
  app.add_option("--random-sleep", options->random_sleep, "sleep up to this long first: 30m");
  app.add_option("--ca-passphrase", options->ca_passphrase, kCaPassphraseHelp);
  app.footer(
      R"(For cron and timers: what is due (a third of its lifetime left, half when that is under 10 days) is issued the way
it was issued, and rotated into its targets. What failed before is tried again after 1, 10 and 100 minutes, then daily;
what is issued and not served everywhere is deployed; a CRL is made anew at half of its life. Only one run at a time.

Exit: the highest of all lineages: 0 done, or nothing to do; 1 failed, nothing changed; 2 usage; 3 rolled back; 4 a
person must look.

Examples:
  redis-pki renew
  redis-pki renew --dry-run
  redis-pki renew redis-1 --force
  redis-pki renew --quiet --random-sleep 30m --ca-passphrase file:/etc/redis-pki/passphrase)");
  return [options, environment] {
    options->renewal.deploys = !options->no_deploy;
    return run(*options, environment);
  };
}

}  // namespace cli
