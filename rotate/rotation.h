#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_lock.h"
#include "pki/issuer.h"
#include "pki/lineage.h"
#include "rotate/installation.h"
#include "rotate/journal.h"
#include "rotate/plan.h"
#include "rotate/reload_target.h"
#include "rotate/target_store.h"

namespace rotate {

enum class Outcome {
  kRotated,     // every target serves the new certificate, proved
  kFailed,      // nothing was changed
  kRolledBack,  // every target serves the old certificate, proved
  kUnproved,    // a person must look: some target could not be brought to a known state
};

struct RotationResult {
  Outcome outcome = Outcome::kFailed;
  int from = 0;  // generations
  int to = 0;
  std::string reason;                         // why it is not kRotated
  std::chrono::microseconds swap_to_proof{};  // until the last target was proved
};

struct RotationOptions {
  bool dry_run = false;           // goes as far as one can without changing anything
  bool issue_anew = false;        // issues, though a generation may wait that is not deployed yet
  bool no_issue = false;          // deploys the latest generation again, if there is no newer one
  bool adopt = false;             // moves a target that reads other paths to the lineage's link
  bool drop_superseded = false;   // then ends connections that are older than the rotation before this one
  std::optional<int> generation;  // this one, whatever is newer: the way back
  const TrustChange* trust = nullptr;  // what comes with it; outlives the rotation
};

// One finished step, for the person who watches.
struct Step {
  std::string what;
  std::chrono::microseconds took{};
};

// What the engine needs from outside.
struct RotationContext {
  // The lineage's issuer, asked for only when something is issued: it may need a passphrase.
  std::function<pki::Issuer&()> issuer;
  const base::Clock& clock;
  // Opens a target. Throws Error.
  std::function<std::unique_ptr<ReloadTarget>(const Target&)> connect;
  std::function<void(const Step&)> on_step;
  // What doesn't stop a rotation, and somebody should know; may be null.
  std::function<void(const std::string&)> warn;
};

// Gives all targets of a lineage its next certificate, stage by stage (stages_of): the targets of a stage go
// forward and back together, and each is proved, with its links to the others, before the next. At the first
// failure the stage goes back, those before it keep what they have, and the next run goes on from there. A
// rotation that was cut off is finished, or reverted and begun again.
class Rotation {
 public:
  Rotation(const pki::Lineage& lineage, TargetStore& targets, RotationContext context,
           RotationOptions options);

  // Throws Error when nothing was begun: no target, another run at work, a target that can't be reached, a
  // certificate that must not be installed. Failures after the swap are results.
  RotationResult run();

  // Only finishes or reverts what was cut off. Nothing when there is none.
  std::optional<RotationResult> recover();

 private:
  using Targets = std::vector<std::unique_ptr<ReloadTarget>>;
  using Stage = std::vector<ReloadTarget*>;  // in the order of its plan

  base::FileLock acquire_lock() const;
  std::optional<RotationResult> recover_locked();
  Targets connect_to(const std::function<bool(const TargetState&)>& is_wanted);
  void connect_to_peers(Targets& targets);
  bool is_everywhere(int generation) const;
  Plan make_plan(const Targets& targets) const;
  bool may_not_issue() const;
  std::optional<int> waiting_generation(const Targets& targets) const;
  void validate(int generation, const Plan& plan, const Targets& targets) const;
  RotationResult tell(const Plan& plan, const Targets& targets);
  RotationResult roll_out(const Plan& plan, const Targets& targets);
  bool has_restarted_with(ReloadTarget& target, int generation) const;
  RotationResult carry_out(const Plan& stage, const Stage& targets, bool is_first);
  RotationResult begin_stage(const Plan& stage, const Stage& targets);
  RotationResult swap(const Plan& plan, const Stage& targets);
  void commit(const Plan& plan);
  void settle_backup(const InPlacePair& pair);
  void bring_trust(const TargetPlan& planned, const ReloadTarget& target) const;
  RotationResult roll_back(const Plan& plan, const Stage& targets, const std::string& reason);
  RotationResult fail_behind(const Plan& stage, const std::string& reason);
  void go_forward(const Plan& plan, ReloadTarget& target);
  void go_back(const Plan& plan, ReloadTarget& target);
  void remember_proved(const std::string& address, int generation);
  std::map<std::string, Mark> remember_marks(const Plan& plan, const std::map<std::string, Mark>& marks);
  void drop_superseded(ReloadTarget& target, const std::map<std::string, Mark>& superseded);

  template <typename Action>
  auto step(const std::string& what, Action action);

  const pki::Lineage& lineage_;
  TargetStore& store_;
  RotationContext context_;
  RotationOptions options_;
  Journal journal_;
  Installation installation_;
};

}  // namespace rotate
