#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/file_lock.h"
#include "pki/issuer.h"
#include "pki/lineage.h"
#include "rotate/journal.h"
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
  bool dry_run = false;   // goes as far as one can without changing anything
  bool no_issue = false;  // deploys the latest generation again, if there is no newer one
  bool adopt = false;     // moves a target that reads other paths to the lineage's link
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
};

// Gives all targets of a lineage its next certificate, or none of them. Targets share the lineage's link, so
// they go forward and back together. A rotation that was cut off is finished, or reverted and begun again.
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

  base::FileLock acquire_lock() const;
  std::optional<RotationResult> recover_locked();
  Targets connect_all();
  void require_linked(const ReloadTarget& target) const;
  int choose_generation(int from);
  void validate(int generation, const Targets& targets) const;
  RotationResult plan(int from, const Targets& targets);
  RotationResult swap(const JournalEntry& entry, Targets& targets);
  RotationResult roll_back(const JournalEntry& entry, Targets& targets, const std::string& reason);
  void bring_to(int generation, ReloadTarget& target, const redis::CertificatePaths& paths);
  pki::Certificate expected_leaf(int generation, const ReloadTarget& target,
                                 const redis::CertificatePaths& paths) const;
  redis::CertificatePaths paths_before(const JournalEntry& entry, const ReloadTarget& target) const;
  redis::CertificatePaths linked_paths() const;

  template <typename Action>
  auto step(const std::string& what, Action action);

  const pki::Lineage& lineage_;
  TargetStore& store_;
  RotationContext context_;
  RotationOptions options_;
  Journal journal_;
};

}  // namespace rotate
