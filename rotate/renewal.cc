#include "rotate/renewal.h"

#include <algorithm>

#include "base/error.h"
#include "base/timestamp.h"

namespace rotate {
namespace {

using Action = RenewalDecision::Action;
using std::chrono::hours;
using std::chrono::minutes;

constexpr hours kLongestWait{24};
constexpr hours kClockTolerance{1};

bool is_valid_at(const pki::Certificate& leaf, base::Time now) {
  return leaf.not_before() <= now + kClockTolerance && now < leaf.not_after();
}

// A generation that a right clock could have made.
bool has_valid_generation(const pki::Lineage& lineage, base::Time now) {
  const auto numbers = lineage.generations();
  return std::any_of(numbers.begin(), numbers.end(), [&](int number) {
    try {
      return is_valid_at(lineage.chain(number).front(), now);
    } catch (const base::Error&) {
      return false;
    }
  });
}

// What is to be done, were it not for the failures before.
RenewalDecision wanted(const pki::Lineage& lineage, const TargetStore& targets, base::Time now, bool forced,
                       const SuggestRenewal& suggest) {
  const bool is_external = lineage.settings().is_external();
  const auto latest = lineage.latest();
  if (!latest) {
    return is_external ? RenewalDecision{Action::kNothing, "nothing was deployed yet", now + kLongestWait}
                       : RenewalDecision{Action::kIssue, "it has no certificate yet", now};
  }
  // One that was taken back says nothing of when the one in service ends.
  const bool is_taken_back = *latest <= targets.withdrawn();
  const int in_service = is_taken_back ? lineage.current().value_or(*latest) : *latest;
  const pki::Certificate leaf = lineage.chain(in_service).front();
  const base::Time due = renewal_due(leaf, suggest && !is_external ? suggest(leaf) : std::nullopt);
  if (!is_external && forced) return {Action::kIssue, "as was asked for", now};
  if (!is_external && leaf.not_before() > now + kClockTolerance) {
    if (has_valid_generation(lineage, now)) return {Action::kIssue, "the latest is not valid yet", now};
    return {Action::kNothing, "it is not valid yet; is the clock of this host behind?", leaf.not_before()};
  }
  if (!is_external && now >= due)
    return {Action::kIssue, "it was due at " + base::format_timestamp(due), now};
  const auto& states = targets.states();
  const bool is_everywhere = std::all_of(states.begin(), states.end(), [&](const TargetState& state) {
    return state.verified == *latest && state.last_error.empty();
  });
  const bool was_cut_off = std::filesystem::exists(lineage.paths().journal());
  if (was_cut_off) return {Action::kDeploy, "a rotation was cut off", now};
  if (!is_everywhere && !is_taken_back && now < leaf.not_after()) {
    return {Action::kDeploy, "generation " + std::to_string(*latest) + " is not served everywhere yet", now};
  }
  return {Action::kNothing, is_external ? "renewed elsewhere" : "due at " + base::format_timestamp(due), due};
}

}  // namespace

base::Time renewal_due(const pki::Certificate& certificate) {
  const auto lifetime = certificate.not_after() - certificate.not_before();
  const bool is_short = lifetime < std::chrono::days(10);
  return certificate.not_after() - lifetime / (is_short ? 2 : 3);
}

base::Time renewal_due(const pki::Certificate& certificate, std::optional<base::Time> suggested) {
  if (!suggested) return renewal_due(certificate);
  const auto lifetime = certificate.not_after() - certificate.not_before();
  return std::min(*suggested, certificate.not_after() - lifetime / 20);
}

bool is_expiring(const pki::Certificate& certificate, base::Time now) {
  const std::chrono::seconds tenth = (certificate.not_after() - certificate.not_before()) / 10;
  return certificate.not_after() - now < std::min<std::chrono::seconds>(tenth, std::chrono::days(7));
}

std::chrono::seconds retry_delay(int failures) {
  if (failures <= 1) return minutes(1);
  if (failures == 2) return minutes(10);
  return failures == 3 ? std::chrono::seconds(minutes(100)) : kLongestWait;
}

RenewalDecision decide_renewal(const pki::Lineage& lineage, const TargetStore& targets,
                               const RenewalState& state, base::Time now, bool forced,
                               const SuggestRenewal& suggest) {
  RenewalDecision decision = wanted(lineage, targets, now, forced, suggest);
  const bool does_nothing = decision.action == Action::kNothing;
  const bool was_clock_ahead = state.next_try > now + kLongestWait;
  if (does_nothing || forced || state.failures == 0 || state.next_try <= now || was_clock_ahead)
    return decision;
  return {Action::kWait,
          "failed before, and is tried again at " + base::format_timestamp(state.next_try) + ": " +
              state.last_error,
          state.next_try};
}

}  // namespace rotate
