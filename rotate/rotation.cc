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

std::string describe_old(const Plan& plan) {
  return plan.from == 0 ? "the certificate before" : generation_name(plan.from);
}

std::vector<ReloadTarget*> targets_of(const Plan& plan,
                                      const std::vector<std::unique_ptr<ReloadTarget>>& targets) {
  std::vector<ReloadTarget*> result;
  for (const TargetPlan& planned : plan.targets) {
    for (const auto& target : targets) {
      if (target->address() == planned.address) result.push_back(target.get());
    }
  }
  return result;
}

// Once the journal is written, an error means that something has changed, or may have.
template <typename Action>
RotationResult guarded(const Plan& plan, Action action) {
  try {
    return action();
  } catch (const Error& error) {
    return {Outcome::kUnproved, plan.from, plan.to, error.what(), {}};
  }
}

}  // namespace

Rotation::Rotation(const pki::Lineage& lineage, TargetStore& targets, RotationContext context,
                   RotationOptions options)
    : lineage_(lineage),
      store_(targets),
      context_(std::move(context)),
      options_(options),
      journal_(lineage.paths().journal()),
      installation_(lineage_, store_) {}

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
    const bool is_forward = recovered->outcome == Outcome::kRotated;
    if (recovered->outcome == Outcome::kUnproved || (is_forward && is_everywhere(recovered->to)))
      return *recovered;
    if (is_forward) options_.issue_anew = false;  // the rest gets what the first ones have
  }

  Targets targets = connect_to([](const TargetState&) { return true; });
  connect_to_peers(targets);
  Plan plan = make_plan(targets);
  if (options_.dry_run) return tell(plan, targets);
  store_.save();  // they are there, so they are remembered
  if (plan.to == 0) {
    plan.to = step("issued a certificate",
                   [&] { return pki::issue_generation(lineage_, context_.issuer(), context_.clock); });
  }
  step("validated " + generation_name(plan.to), [&] { validate(plan.to, plan, targets); });
  return roll_out(plan, targets);
}

RotationResult Rotation::roll_out(const Plan& plan, const Targets& targets) {
  RotationResult total{Outcome::kRotated, plan.from, plan.to, "", {}};
  std::string waiting;
  size_t proved = 0;
  for (const Plan& planned : stages_of(plan, lineage_)) {
    const RotationResult result = carry_out(planned, targets_of(planned, targets), proved == 0);
    total.swap_to_proof += result.swap_to_proof;
    if (result.outcome == Outcome::kFailed) {
      waiting += (waiting.empty() ? "" : ", ") + result.reason;
      continue;
    }
    if (result.outcome == Outcome::kRotated) {
      proved += planned.targets.size();
      continue;
    }
    if (proved == 0) return result;
    total.outcome = Outcome::kUnproved;
    total.reason = result.reason + "; " + std::to_string(proved) + " of " + std::to_string(targets.size()) +
                   " targets serve " + generation_name(plan.to) + " ('redis-pki status " + lineage_.name() +
                   "' shows which), and the next run goes on from there";
    return total;
  }
  if (waiting.empty()) return total;
  total.outcome = Outcome::kUnproved;
  total.reason = "restart these Sentinels, one after another, each when the one before is back: " + waiting +
                 "; the next run proves them (--restart-command does it for you)";
  return total;
}

// A Sentinel that shows the generation needs no restart any more.
bool Rotation::has_restarted_with(ReloadTarget& target, int generation) const {
  if (target.role() != Role::kSentinel || target.served() != lineage_.chain(generation).front()) return false;
  try {
    if (options_.trust != nullptr) target.prove_trust(*options_.trust);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// kFailed: it waits for a person, and the reason is its address. Throws Error only where nothing has changed.
RotationResult Rotation::carry_out(const Plan& stage, const Stage& targets, bool is_first) {
  if (is_first) return begin_stage(stage, targets);
  return guarded(stage, [&] { return begin_stage(stage, targets); });
}

RotationResult Rotation::begin_stage(const Plan& stage, const Stage& targets) {
  ReloadTarget& first = *targets.front();
  if (!first.can_reload() && !has_restarted_with(first, stage.to)) {
    if (stage.moves_link) lineage_.set_current(stage.to);  // what it reads when it starts
    installation_.deliver(stage.targets.front(), stage.to);
    bring_trust(stage.targets.front(), first);
    TargetState& state = *store_.find(first.address());
    state.deployed = stage.to;
    state.last_error = "waits for its restart";
    store_.save();
    return {Outcome::kFailed, stage.from, stage.to, first.address(), {}};
  }
  step("backed up " + describe_old(stage) + " and wrote the journal", [&] {
    for (const InPlacePair& pair : stage.files) back_up(pair);
    journal_.write(stage);
  });
  return guarded(stage, [&] { return swap(stage, targets); });
}

std::optional<RotationResult> Rotation::recover() {
  const auto lock = acquire_lock();
  return recover_locked();
}

std::optional<RotationResult> Rotation::recover_locked() {
  const auto plan = journal_.read();
  if (!plan) return std::nullopt;
  step("found a rotation to " + generation_name(plan->to) + " that was cut off", [] {});
  // The link tells how far that run came: it moves forward once, when the journal is written and all files in
  // place are installed, and back once, at the beginning of a rollback. A stage that doesn't move it goes
  // forward again.
  const bool is_forward = !plan->moves_link || lineage_.current() == plan->to;
  Targets targets;
  try {
    // First the files: a server that was restarted meanwhile can't start from half a pair.
    if (is_forward)
      installation_.install(*plan);
    else
      installation_.put_back(*plan);
    targets =
        connect_to([&](const TargetState& state) { return plan->find(state.target.address) != nullptr; });
  } catch (const Error& error) {
    const std::string reason = "a rotation was cut off and can't be finished or reverted now: ";
    return RotationResult{Outcome::kUnproved, plan->from, plan->to, reason + error.what(), {}};
  }
  const Stage stage = targets_of(*plan, targets);
  return guarded(*plan, [&] {
    return is_forward ? swap(*plan, stage) : roll_back(*plan, stage, "the run before this one was cut off");
  });
}

Rotation::Targets Rotation::connect_to(const std::function<bool(const TargetState&)>& is_wanted) {
  Targets targets;
  for (const TargetState& state : store_.states()) {
    if (!is_wanted(state)) continue;
    targets.push_back(
        step("connected to " + state.target.address, [&] { return context_.connect(state.target); }));
  }
  return targets;
}

// Until nobody knows of another. One that is known already, by another name, tells it by its run_id.
void Rotation::connect_to_peers(Targets& targets) {
  for (size_t index = 0; index < targets.size(); ++index) {
    const TargetState* state = store_.find(targets[index]->address());
    if (state == nullptr || !state->target.discovers) continue;
    const Target origin = state->target;
    for (const std::string& address : targets[index]->peers()) {
      if (store_.find(address) != nullptr) continue;
      Target found = origin;
      found.address = redis::parse_endpoint(address).to_string();
      found.admin.clear();
      auto target = context_.connect(found);
      const bool is_known = std::any_of(targets.begin(), targets.end(), [&](const auto& known) {
        return !known->run_id().empty() && known->run_id() == target->run_id();
      });
      if (is_known) continue;
      step("discovered " + found.address, [] {});
      store_.remember(found);
      targets.push_back(std::move(target));
    }
  }
}

bool Rotation::is_everywhere(int generation) const {
  const auto& states = store_.states();
  return std::all_of(states.begin(), states.end(), [&](const TargetState& state) {
    return state.verified == generation && state.last_error.empty();
  });
}

// `to` is 0 when the generation is still to be issued.
Plan Rotation::make_plan(const Targets& targets) const {
  Plan plan;
  auto known = waiting_generation(targets);
  if (!known && may_not_issue()) known = lineage_.latest();
  if (!known && may_not_issue()) {
    throw Error(ErrorKind::kNotFound, "the lineage '" + lineage_.name() + "' has no certificate yet");
  }
  plan.to = known.value_or(0);
  for (const auto& target : targets) {
    const std::string& copy_command = store_.find(target->address())->target.copy_command;
    add_target(plan, *target, lineage_, {known, options_.adopt, copy_command});
    target->require_reloadable(plan.targets.back().after);
  }
  plan.from = lineage_.current().value_or(0);
  for (const TargetPlan& target : plan.targets) {
    const auto served = generation_of(lineage_, target.served);
    if (target.gets_server_pair && target.before == target.after && served) plan.from = *served;
  }
  return plan;
}

bool Rotation::may_not_issue() const { return options_.no_issue || lineage_.settings().is_external(); }

// The generation that is there and not served by every target: it is used before a new one is issued, unless
// it has expired or was taken back.
std::optional<int> Rotation::waiting_generation(const Targets& targets) const {
  if (options_.generation) return options_.generation;
  if (options_.issue_anew) return std::nullopt;
  const auto latest = lineage_.latest();
  if (!latest || *latest <= store_.withdrawn()) return std::nullopt;
  const pki::Certificate leaf = lineage_.chain(*latest).front();
  if (leaf.not_after() <= context_.clock.now()) return std::nullopt;
  const bool is_everywhere = std::all_of(targets.begin(), targets.end(), [&](const auto& target) {
    if (pki::serves(lineage_.settings().profile)) return target->served() == leaf;
    // What a server dials with can't be seen: it is what was proved last, or at first what its file holds.
    const int verified = store_.find(target->address())->verified;
    if (verified != 0) return verified == *latest;
    return leaf_in(target->settings().files.client.certificate) == leaf.sha256();
  });
  const bool is_current = lineage_.current() == *latest;
  return is_everywhere && is_current ? std::nullopt : latest;
}

void Rotation::validate(int generation, const Plan& plan, const Targets& targets) const {
  std::vector<Expectations> expectations;
  for (const auto& target : targets) {
    const TargetPlan& planned = *plan.find(target->address());
    Expectations expected;
    if (planned.gets_server_pair) {
      if (!options_.generation) expected.old_leaf = target->served();
      expected.host = target->host();
      expected.roots = target->roots();
      const bool shows_it = planned.after.client.empty() || planned.gets_client_pair;
      expected.dials_out = shows_it && (target->settings().replication || target->settings().cluster);
    }
    if (planned.copy_command.empty() && reads_link(planned, lineage_)) expected.reader = target->user();
    expectations.push_back(std::move(expected));
  }
  const auto findings = validate_generation(lineage_, generation, expectations, context_.clock.now());
  for (const pki::Finding& finding : findings) {
    if (finding.severity == pki::Severity::kWarning && context_.warn) context_.warn(finding.text);
  }
  if (pki::has_errors(findings)) {
    throw Error(ErrorKind::kInvalid,
                generation_name(generation) + " must not be installed: " + pki::describe_errors(findings));
  }
}

RotationResult Rotation::tell(const Plan& plan, const Targets& targets) {
  Plan told = plan;
  if (plan.to != 0) {
    step("would install " + generation_name(plan.to), [&] { validate(plan.to, plan, targets); });
  } else {
    told.to = lineage_.latest().value_or(0) + 1;
    step("would issue " + generation_name(told.to), [] {});
  }
  for (const InPlacePair& pair : plan.files) {
    step("would replace " + pair.files.certificate + " and " + pair.files.key, [] {});
  }
  for (const TargetPlan& target : plan.targets) {
    const bool moves = target.before != target.after;
    const auto& files = target.gets_server_pair ? target.after.server : target.after.client;
    step((moves ? "would move " : "would reload ") + target.address + (moves ? " to " : " from ") +
             files.certificate,
         [] {});
  }
  return {Outcome::kRotated, told.from, told.to, "", {}};
}

RotationResult Rotation::swap(const Plan& plan, const Stage& targets) {
  std::map<std::string, Mark> marks;
  auto begin = SteadyClock::now();
  try {
    for (ReloadTarget* target : targets) marks[target->address()] = target->mark();
    begin = SteadyClock::now();
    step("swapped to " + generation_name(plan.to), [&] {
      installation_.install(plan);
      if (plan.moves_link) lineage_.set_current(plan.to);
    });
    for (ReloadTarget* target : targets) go_forward(plan, *target);
  } catch (const Error& error) {
    if (targets.front()->role() == Role::kSentinel) return fail_behind(plan, error.what());
    return roll_back(plan, targets, error.what());
  }
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begin);
  for (ReloadTarget* target : targets) {
    const TargetPlan& planned = *plan.find(target->address());
    if (planned.before == planned.after) continue;
    step("wrote the configuration file of " + target->address(), [&] { target->persist(); });
  }
  const auto superseded = remember_marks(plan, marks);
  step("committed", [&] { commit(plan); });
  if (options_.drop_superseded) {
    for (ReloadTarget* target : targets) drop_superseded(*target, superseded);
  }
  return {Outcome::kRotated, plan.from, plan.to, "", took};
}

void Rotation::commit(const Plan& plan) {
  if (options_.generation) store_.withdraw(lineage_.latest().value_or(0));
  store_.save();
  journal_.remove();
  for (const InPlacePair& pair : plan.files) settle_backup(pair);
}

// A pair that the lineage never had can't be made again, so its copy stays.
void Rotation::settle_backup(const InPlacePair& pair) {
  const std::string leaf = leaf_in(backup_certificate(pair));
  if (leaf.empty() || generation_of(lineage_, leaf)) return remove_backup(pair);
  step("kept the pair that was replaced in " + keep_backup(pair, leaf.substr(0, 16)).native(), [] {});
}

// Keeps when each target got its new certificate, and returns when it got the one before: what was connected
// then, is on an older one still.
std::map<std::string, Mark> Rotation::remember_marks(const Plan& plan,
                                                     const std::map<std::string, Mark>& marks) {
  std::map<std::string, Mark> before;
  const std::string leaf = lineage_.chain(plan.to).front().sha256();
  for (const TargetPlan& target : plan.targets) {
    TargetState* state = store_.find(target.address);
    if (state == nullptr || !target.gets_server_pair || target.served == leaf) continue;
    before[target.address] = state->mark;
    // After a way back, connections from before it may be on the certificate that serves again.
    const auto found = marks.find(target.address);
    state->mark = options_.generation || found == marks.end() ? Mark{} : found->second;
  }
  return before;
}

void Rotation::drop_superseded(ReloadTarget& target, const std::map<std::string, Mark>& superseded) {
  const auto mark = superseded.find(target.address());
  if (mark == superseded.end()) return;
  if (mark->second.run_id.empty()) {
    step("can't tell yet which connections to " + target.address() +
             " are superseded; from the next rotation on",
         [] {});
    return;
  }
  const std::string dropping = "dropped the superseded connections to " + target.address();
  step(dropping, [&] { target.drop_older_than(mark->second); });
}

// A Sentinel reads what it has at its next start in any case, so it doesn't go back.
RotationResult Rotation::fail_behind(const Plan& stage, const std::string& reason) {
  for (const TargetPlan& target : stage.targets) store_.find(target.address)->last_error = reason;
  store_.save();
  journal_.remove();
  return {Outcome::kUnproved, stage.from, stage.to, reason, {}};
}

RotationResult Rotation::roll_back(const Plan& plan, const Stage& targets, const std::string& reason) {
  RotationResult result{Outcome::kRolledBack, plan.from, plan.to, reason, {}};
  step("put back " + describe_old(plan), [&] { installation_.put_back(plan); });
  for (ReloadTarget* target : targets) {
    try {
      go_back(plan, *target);
    } catch (const Error& error) {
      result.outcome = Outcome::kUnproved;
      result.reason += "; and the way back failed: " + std::string(error.what());
    }
  }
  for (TargetState& state : store_.states()) {
    if (plan.find(state.target.address) != nullptr) state.last_error = result.reason;
  }
  try {
    store_.save();
  } catch (const Error& error) {
    result.reason += "; and that can't be remembered: " + std::string(error.what());
  }
  if (result.outcome == Outcome::kRolledBack) {
    journal_.remove();
    for (const InPlacePair& pair : plan.files) remove_backup(pair);
  }
  return result;
}

void Rotation::bring_trust(const TargetPlan& planned, const ReloadTarget& target) const {
  if (options_.trust != nullptr)
    installation_.bring_trust(planned, target.settings().ca_file, *options_.trust);
}

// Reload and proof. What the target serves is known only when both have succeeded.
void Rotation::go_forward(const Plan& plan, ReloadTarget& target) {
  const TargetPlan& planned = *plan.find(target.address());
  // Before the first word to the server: a reload whose answer is lost may have happened.
  if (TargetState* state = store_.find(target.address())) state->deployed = plan.to;
  bring_trust(planned, target);
  if (!has_restarted_with(target, plan.to)) {
    step("reloaded " + target.address(), [&] { target.reload(planned.after); });
  }
  step("proved " + generation_name(plan.to) + " on " + target.address(), [&] {
    const auto files = lineage_.paths().generation(plan.to);
    const auto credentials = tls::load_credentials(files.certificate(), files.key(), {});
    const bool dials_with_it = planned.gets_client_pair || planned.after.client.empty();
    Proof proof{planned.served, true, dials_with_it ? &credentials : nullptr};
    if (planned.gets_server_pair) proof = {credentials.leaf().sha256(), false, proof.dials_as};
    target.prove(proof);
  });
  if (options_.trust != nullptr) {
    step("proved whom " + target.address() + " lets in", [&] { target.prove_trust(*options_.trust); });
  }
  remember_proved(target.address(), plan.to);
}

void Rotation::go_back(const Plan& plan, ReloadTarget& target) {
  const TargetPlan& planned = *plan.find(target.address());
  step("reloaded " + target.address(), [&] { target.reload(planned.before); });
  step("proved " + describe_old(plan) + " on " + target.address(), [&] {
    target.prove({planned.served, true, nullptr});
  });
  remember_proved(target.address(), generation_of(lineage_, planned.served).value_or(0));
}

void Rotation::remember_proved(const std::string& address, int generation) {
  TargetState* state = store_.find(address);
  if (state == nullptr) return;
  state->deployed = state->verified = generation;
  state->verified_at = context_.clock.now();
  state->last_error.clear();
}

}  // namespace rotate
