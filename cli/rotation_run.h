#pragma once

#include <string>

#include "cli/command.h"
#include "pki/lineage.h"
#include "rotate/rotation.h"

namespace cli {

struct RotationRequest {
  rotate::RotationOptions options;
  bool recover = false;  // only finish or revert what was cut off
  std::string ca_passphrase;
};

// Runs the engine for a lineage, tells each step with its time, and reports the result; returns the exit
// code.
int run_rotation(const pki::Lineage& lineage, rotate::TargetStore& store, const RotationRequest& request,
                 const Environment& environment);

}  // namespace cli
