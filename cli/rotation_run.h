#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "pki/lineage.h"
#include "pki/local_issuer.h"
#include "rotate/rotation.h"

namespace cli {

struct RotationRequest {
  rotate::RotationOptions options;
  bool recover = false;  // only finish or revert what was cut off
  std::string ca_passphrase;
};

int exit_code_of(rotate::Outcome outcome);
std::string_view name_of(rotate::Outcome outcome);  // "rotated", "rolled_back"

// The home's own CA, whose passphrase is asked for only when something is signed.
class LazyIssuer {
 public:
  LazyIssuer(pki::Home home, std::string passphrase_source, const base::Clock& clock)
      : home_(std::move(home)), passphrase_source_(std::move(passphrase_source)), clock_(clock) {}

  pki::LocalIssuer& get();

 private:
  pki::Home home_;
  std::string passphrase_source_;
  const base::Clock& clock_;
  std::optional<pki::LocalIssuer> issuer_;
};

// What the engine needs, for a lineage, an issuer and an environment that outlive it.
rotate::RotationContext rotation_context(const pki::Lineage& lineage, LazyIssuer& issuer,
                                         const Environment& environment);

// Runs the engine for a lineage, tells each step with its time, and reports the result; returns the exit
// code.
int run_rotation(const pki::Lineage& lineage, rotate::TargetStore& store, const RotationRequest& request,
                 const Environment& environment);

}  // namespace cli
