#pragma once

#include <string>

#include "pki/lineage.h"
#include "rotate/plan.h"
#include "rotate/target_store.h"
#include "rotate/trust_change.h"

namespace rotate {

// The files that targets read, but for the link itself: pairs in place on this host, and what copy commands
// bring to others. All throw Error.
class Installation {
 public:
  Installation(const pki::Lineage& lineage, TargetStore& targets) : lineage_(lineage), targets_(targets) {}

  // Puts plan.to there.
  void install(const Plan& plan) const;

  // Puts back what was there before, the link first.
  void put_back(const Plan& plan) const;

  // Runs the target's copy command, if it has one; nothing for generation 0.
  void deliver(const TargetPlan& target, int generation) const;

  // Changes what the server verifies clients with, in the file that it reads, unless that is one of the
  // home's, which has it already. One that isn't on this host is left to whoever can: the proof tells.
  void bring_trust(const TargetPlan& target, const std::string& file, const TrustChange& change) const;

 private:
  const std::string& copy_command_of(const TargetPlan& target) const;

  const pki::Lineage& lineage_;
  TargetStore& targets_;
};

}  // namespace rotate
