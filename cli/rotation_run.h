#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/issuers.h"
#include "pki/lineage.h"
#include "rotate/rotation.h"

namespace cli {

struct RotationRequest {
  rotate::RotationOptions options;
  bool recover = false;  // only finish or revert what was cut off
  std::string ca_passphrase;
};

int exit_code_of(rotate::Outcome outcome);
std::string_view name_of(rotate::Outcome outcome);  // "rotated", "rolled_back"

// What the engine needs, for a lineage, an issuer and an environment that outlive it.
rotate::RotationContext rotation_context(const pki::Lineage& lineage, Issuers& issuers,
                                         const Environment& environment);

// Runs the engine for a lineage, tells each step with its time, and reports the result; returns the exit
// code.
int run_rotation(const pki::Lineage& lineage, rotate::TargetStore& store, const RotationRequest& request,
                 const Environment& environment);

}  // namespace cli
