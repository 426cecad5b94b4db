#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "pki/certificate.h"
#include "pki/lineage.h"
#include "rotate/renewal_store.h"
#include "rotate/target_store.h"

namespace rotate {

// When a certificate should be replaced: when a third of its lifetime is left, or half when that is under 10
// days (short-lived ones, as of Let's Encrypt's `shortlived` profile).
base::Time renewal_due(const pki::Certificate& certificate);

// The same where the CA suggests a time (RFC 9773), which holds unless it lies in the last twentieth of the
// lifetime.
base::Time renewal_due(const pki::Certificate& certificate, std::optional<base::Time> suggested);

// Whether it ends soon, so that somebody should know: in a tenth of its lifetime, or 7 days when that is
// less.
bool is_expiring(const pki::Certificate& certificate, base::Time now);

// How long to wait after so many failures in a row: 1, 10, 100 minutes, then a day.
std::chrono::seconds retry_delay(int failures);

// When its CA suggests to replace a lineage's certificate; nothing when it doesn't.
using SuggestRenewal = std::function<std::optional<base::Time>(const pki::Certificate& leaf)>;

// What to do about a lineage now.
struct RenewalDecision {
  enum class Action {
    kNothing,
    kWait,    // something is to be done, and it failed a short while ago
    kIssue,   // make a certificate, and bring it to the targets
    kDeploy,  // bring what is there to the targets
  };

  Action action = Action::kNothing;
  std::string reason;
  base::Time next;  // when to look again
};

// `forced` doesn't wait, and issues though nothing is due. A clock that was years ahead, and has been set
// right, has left certificates that are not valid yet, and waits that are too long: both are passed over. One
// that is behind makes all certificates look so: then nothing is done.
RenewalDecision decide_renewal(const pki::Lineage& lineage, const TargetStore& targets,
                               const RenewalState& state, base::Time now, bool forced,
                               const SuggestRenewal& suggest = {});

}  // namespace rotate
