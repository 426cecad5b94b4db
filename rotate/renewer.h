#pragma once

#include <string>

#include "rotate/renewal.h"
#include "rotate/rotation.h"

namespace rotate {

struct RenewalOptions {
  bool forced = false;     // issues though nothing is due, and doesn't wait
  bool dry_run = false;    // only says what would be done
  bool deploys = true;     // false: issues, and leaves the rest to the next run
  SuggestRenewal suggest;  // null: the CA isn't asked
};

// What was done about one lineage.
struct Renewal {
  RenewalDecision decision;
  Outcome outcome = Outcome::kRotated;  // of what was to be done; kRotated too when there was nothing
  int generation = 0;                   // that is the latest now
  std::string error;                    // why the outcome is not kRotated
  bool has_acted = false;  // false for a dry run too, and where deploying is left to the next run
  bool is_first_failure = false;
  bool has_recovered = false;  // the first success after failures
};

// Does about a lineage what is due, and remembers how it went: a failure is tried again after its delay, by
// whichever run comes then. Throws nothing: what fails is in the result.
Renewal renew(const pki::Lineage& lineage, const RotationContext& context, const RenewalOptions& options);

}  // namespace rotate
