#include "rotate/renewer.h"

#include "base/error.h"
#include "pki/issuance.h"

namespace rotate {
namespace {

using Action = RenewalDecision::Action;

RotationResult issue_only(const pki::Lineage& lineage, const RotationContext& context, bool moves_link) {
  RotationResult result;
  result.from = lineage.current().value_or(0);
  result.to = pki::issue_generation(lineage, context.issuer(), context.clock);
  if (moves_link) lineage.set_current(result.to);
  result.outcome = Outcome::kRotated;
  return result;
}

RotationResult carry_out(Action action, const pki::Lineage& lineage, TargetStore& targets,
                         const RotationContext& context, bool deploys) {
  const bool issues = action == Action::kIssue;
  if (targets.states().empty()) return issue_only(lineage, context, true);
  if (!deploys) return issue_only(lineage, context, false);
  RotationOptions options;
  options.no_issue = !issues;
  options.issue_anew = issues;
  return Rotation(lineage, targets, context, options).run();
}

void remember(const pki::Lineage& lineage, RenewalState state, const Renewal& renewal, base::Time now) {
  const bool is_well = renewal.outcome == Outcome::kRotated;
  if (is_well && state.failures == 0) return;
  state.failures = is_well ? 0 : state.failures + 1;
  state.next_try = now + retry_delay(state.failures);
  state.last_error = renewal.error;
  write_renewal_state(lineage.paths().renewal(), state);
}

}  // namespace

Renewal renew(const pki::Lineage& lineage, const RotationContext& context, const RenewalOptions& options) {
  Renewal renewal;
  const base::Time now = context.clock.now();
  try {
    TargetStore targets(lineage.paths().targets());
    const RenewalState state = read_renewal_state(lineage.paths().renewal());
    renewal.decision = decide_renewal(lineage, targets, state, now, options.forced, options.suggest);
    const Action action = renewal.decision.action;
    const bool acts = action == Action::kIssue || (action == Action::kDeploy && options.deploys);
    renewal.has_acted = acts && !options.dry_run;
    if (renewal.has_acted) {
      try {
        const RotationResult result = carry_out(action, lineage, targets, context, options.deploys);
        renewal.outcome = result.outcome;
        renewal.error = result.reason;
      } catch (const base::Error& error) {
        renewal.outcome = Outcome::kFailed;
        renewal.error = error.what();
      }
      renewal.is_first_failure = renewal.outcome != Outcome::kRotated && state.failures == 0;
      renewal.has_recovered = renewal.outcome == Outcome::kRotated && state.failures > 0;
      remember(lineage, state, renewal, now);
    }
    renewal.generation = lineage.latest().value_or(0);
  } catch (const base::Error& error) {
    renewal.outcome = Outcome::kFailed;
    renewal.error = error.what();
  }
  return renewal;
}

}  // namespace rotate
