#include "rotate/rotation.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/file_lock.h"
#include "pki/issuance.h"
#include "rotate/validation.h"

namespace rotate {
namespace fs = std::filesystem;
namespace {

using base::Error;
using base::ErrorKind;
using SteadyClock = std::chrono::steady_clock;

std::string generation_name(int number) { return "generation " + std::to_string(number); }

// Whether a path leads through the lineage's link, so that moving the link changes what it names.
bool leads_through(const fs::path& path, const fs::path& link) {
  std::error_code error;
  return path.parent_path().filename() == link.filename() &&
         fs::equivalent(path.parent_path().parent_path(), link.parent_path(), error) && !error;
}

// Once the journal is written, an error means that something has changed, or may have.
template <typename Action>
RotationResult guarded(const JournalEntry& entry, Action action) {
  try {
    return action();
  } catch (const Error& error) {
    return {Outcome::kUnproved, entry.from, entry.to, error.what(), {}};
  }
}

}  // namespace

Rotation::Rotation(const pki::Lineage& lineage, TargetStore& targets, RotationContext context,
                   RotationOptions options)
    : lineage_(lineage),
      store_(targets),
      context_(std::move(context)),
      options_(options),
      journal_(lineage.paths().journal()) {}

// Runs one step and tells of it with its time, also when it fails.
template <typename Action>
auto Rotation::step(const std::string& what, Action action) {
  const auto begin = SteadyClock::now();
  const auto tell = [&](const std::string& text) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin);
    if (context_.on_step) context_.on_step({text, took});
  };
  try {
    if constexpr (std::is_void_v<decltype(action())>) {
      action();
      tell(what);
    } else {
      auto result = action();
      tell(what);
      return result;
    }
  } catch (const Error& error) {
    tell(what + ": failed: " + error.what());
    throw;
  }
}

base::FileLock Rotation::acquire_lock() const {
  auto lock = base::FileLock::try_acquire(lineage_.paths().rotation_lock());
  if (lock) return std::move(*lock);
  throw Error(ErrorKind::kExists,
              "another rotation of '" + lineage_.name() + "' is running; try again later");
}

RotationResult Rotation::run() {
  if (store_.states().empty()) {
    throw Error(ErrorKind::kUsage,
                "the lineage '" + lineage_.name() +
                    "' has no target; name the server that serves it with --target HOST:PORT");
  }
  const auto lock = acquire_lock();
  if (journal_.read()) {
    if (options_.dry_run) {
      throw Error(ErrorKind::kExists,
                  "a rotation of '" + lineage_.name() +
                      "' was cut off; the next run without --dry-run finishes or reverts it");
    }
    const auto recovered = recover_locked();
    if (recovered->outcome != Outcome::kRolledBack) return *recovered;
  }

  Targets targets = connect_all();
  if (!options_.adopt) {
    for (const auto& target : targets) require_linked(*target);
  }
  const int from = lineage_.current().value_or(0);
  if (from == 0) {
    throw Error(ErrorKind::kNotFound, "the lineage '" + lineage_.name() +
                                          "' has no certificate in service yet; run 'redis-pki issue' first");
  }
  if (options_.dry_run) return plan(from, targets);
  store_.save();  // they are there, so they are remembered

  const int to = choose_generation(from);
  step("validated " + generation_name(to), [&] { validate(to, targets); });

  JournalEntry entry{from, to, {}};
  for (const auto& target : targets) entry.targets.push_back({target->address(), target->paths()});
  step("backed up " + generation_name(from) + " and wrote the journal", [&] { journal_.write(entry); });
  return guarded(entry, [&] { return swap(entry, targets); });
}

std::optional<RotationResult> Rotation::recover() {
  const auto lock = acquire_lock();
  return recover_locked();
}

std::optional<RotationResult> Rotation::recover_locked() {
  const auto entry = journal_.read();
  if (!entry) return std::nullopt;
  step("found a rotation to " + generation_name(entry->to) + " that was cut off", [] {});
  Targets targets;
  try {
    targets = connect_all();
  } catch (const Error& error) {
    const std::string reason = "a rotation was cut off and can't be finished or reverted now: ";
    return RotationResult{Outcome::kUnproved, entry->from, entry->to, reason + error.what(), {}};
  }
  // The link tells how far that run came: it moves forward once, after the journal is written, and back once,
  // at the beginning of a rollback.
  return guarded(*entry, [&] {
    return lineage_.current() == entry->to
               ? swap(*entry, targets)
               : roll_back(*entry, targets, "the run before this one was cut off");
  });
}

Rotation::Targets Rotation::connect_all() {
  Targets targets;
  for (const TargetState& state : store_.states()) {
    targets.push_back(
        step("connected to " + state.target.address, [&] { return context_.connect(state.target); }));
  }
  return targets;
}

void Rotation::require_linked(const ReloadTarget& target) const {
  const fs::path link = lineage_.paths().current();
  if (leads_through(target.paths().certificate, link) && leads_through(target.paths().key, link)) return;
  const std::string reads =
      target.paths().certificate.empty() ? "no certificate" : target.paths().certificate;
  throw Error(ErrorKind::kRefused, target.address() + ": reads " + reads + ", not " +
                                       lineage_.paths().current_files().certificate().native() +
                                       "; --adopt moves the server to it");
}

int Rotation::choose_generation(int from) {
  const int latest = lineage_.latest().value_or(0);
  if (latest > from && lineage_.chain(latest).front().not_after() > context_.clock.now()) {
    step("use " + generation_name(latest) + ", which is issued and not deployed yet", [] {});
    return latest;
  }
  if (options_.no_issue) return from;
  return step("issued a certificate",
              [&] { return pki::issue_generation(lineage_, context_.issuer(), context_.clock); });
}

void Rotation::validate(int generation, const Targets& targets) const {
  Expectations expectations;
  for (const auto& target : targets) {
    if (!target->host().empty()) expectations.hosts.push_back(target->host());
    // Names that a foreign certificate has are not ours to keep.
    const auto& served = target->served();
    const auto current = lineage_.current();
    if (served && current && *served == lineage_.chain(*current).front()) expectations.old_leaf = served;
  }
  const auto findings = validate_generation(lineage_, generation, expectations, context_.clock.now());
  if (pki::has_errors(findings)) {
    throw Error(ErrorKind::kInvalid,
                generation_name(generation) + " must not be installed: " + pki::describe_errors(findings));
  }
}

RotationResult Rotation::plan(int from, const Targets& targets) {
  const int latest = lineage_.latest().value_or(0);
  const int to = latest > from ? latest : options_.no_issue ? from : latest + 1;
  if (to <= latest) step("would install " + generation_name(to), [&] { validate(to, targets); });
  if (to > latest) step("would issue " + generation_name(to), [] {});
  for (const auto& target : targets) {
    step("would reload " + target->address() + " from " + lineage_.paths().current().native(), [] {});
  }
  return {Outcome::kRotated, from, to, "", {}};
}

RotationResult Rotation::swap(const JournalEntry& entry, Targets& targets) {
  const auto begin = SteadyClock::now();
  try {
    step("swapped the link to " + generation_name(entry.to), [&] { lineage_.set_current(entry.to); });
    for (const auto& target : targets) {
      // Before the first word to the server: a reload whose answer is lost may have happened.
      if (TargetState* state = store_.find(target->address())) state->deployed = entry.to;
      bring_to(entry.to, *target, linked_paths());
    }
  } catch (const Error& error) {
    return roll_back(entry, targets, error.what());
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin);
  for (const auto& target : targets) {
    if (paths_before(entry, *target) == linked_paths()) continue;
    step("wrote the configuration file of " + target->address(), [&] { target->persist(); });
  }
  step("committed", [&] {
    store_.save();
    journal_.remove();
  });
  return {Outcome::kRotated, entry.from, entry.to, "", took};
}

RotationResult Rotation::roll_back(const JournalEntry& entry, Targets& targets, const std::string& reason) {
  RotationResult result{Outcome::kRolledBack, entry.from, entry.to, reason, {}};
  if (lineage_.current() != entry.from) {
    step("moved the link back to " + generation_name(entry.from), [&] { lineage_.set_current(entry.from); });
  }
  for (const auto& target : targets) {
    try {
      bring_to(entry.from, *target, paths_before(entry, *target));
    } catch (const Error& error) {
      result.outcome = Outcome::kUnproved;
      result.reason += "; and the way back failed: " + std::string(error.what());
    }
  }
  for (TargetState& state : store_.states()) state.last_error = result.reason;
  store_.save();
  if (result.outcome == Outcome::kRolledBack) journal_.remove();
  return result;
}

// Reload and proof. What the target serves is known only when both have succeeded.
void Rotation::bring_to(int generation, ReloadTarget& target, const redis::CertificatePaths& paths) {
  TargetState* state = store_.find(target.address());
  step("reloaded " + target.address(), [&] { target.reload(paths); });
  step("proved " + generation_name(generation) + " on " + target.address(),
       [&] { target.prove(expected_leaf(generation, target, paths)); });
  if (state == nullptr) return;
  state->deployed = state->verified = generation;
  state->verified_at = context_.clock.now();
  state->last_error.clear();
}

// A target that is adopted goes back to paths of its own, and so to the certificate that it served before.
pki::Certificate Rotation::expected_leaf(int generation, const ReloadTarget& target,
                                         const redis::CertificatePaths& paths) const {
  const bool foreign = !leads_through(paths.certificate, lineage_.paths().current());
  if (foreign && target.served()) return *target.served();
  return lineage_.chain(generation).front();
}

// A target that was added after the journal was written is as it is now.
redis::CertificatePaths Rotation::paths_before(const JournalEntry& entry, const ReloadTarget& target) const {
  for (const auto& [address, before] : entry.targets) {
    if (address == target.address()) return before;
  }
  return target.paths();
}

redis::CertificatePaths Rotation::linked_paths() const {
  const auto files = lineage_.paths().current_files();
  return {files.certificate(), files.key()};
}

}  // namespace rotate
