#include "check/judgement.h"

#include <algorithm>

namespace check {
namespace {

using std::chrono::days;
using std::chrono::seconds;

int rank(State state) {
  switch (state) {
    case State::kOk:
      return 0;
    case State::kWarning:
      return 1;
    case State::kUnknown:
      return 2;
    case State::kCritical:
      return 3;
  }
  return 3;
}

State judge_expiry(const pki::Certificate& certificate, const Thresholds& thresholds, base::Time now) {
  const seconds lifetime = certificate.not_after() - certificate.not_before();
  const seconds left = certificate.not_after() - now;
  const seconds warning = thresholds.warning.value_or(std::min<seconds>(days(21), lifetime / 4));
  const seconds critical = thresholds.critical.value_or(std::min<seconds>(days(7), lifetime / 10));
  if (left <= critical || certificate.not_before() > now) return State::kCritical;
  return left <= warning ? State::kWarning : State::kOk;
}

State state_of(pki::Severity severity) {
  switch (severity) {
    case pki::Severity::kInfo:
      return State::kOk;
    case pki::Severity::kWarning:
      return State::kWarning;
    case pki::Severity::kError:
      return State::kCritical;
  }
  return State::kCritical;
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::kOk:
      return "ok";
    case State::kWarning:
      return "warning";
    case State::kCritical:
      return "critical";
    case State::kUnknown:
      return "unknown";
  }
  return "";
}

State worse(State a, State b) { return rank(a) >= rank(b) ? a : b; }

Verdict judge(Observation observation, const Thresholds& thresholds, base::Time now) {
  Verdict verdict;
  if (!observation.failure.empty()) verdict.state = State::kUnknown;
  for (const pki::Certificate& certificate : observation.chain) {
    const State state = judge_expiry(certificate, thresholds, now);
    verdict.elements.push_back({certificate.subject(), certificate.sha256(), certificate.not_after(),
                                certificate.not_after() - now, state});
    verdict.state = worse(verdict.state, state);
  }
  for (const pki::Finding& finding : observation.findings) {
    verdict.state = worse(verdict.state, state_of(finding.severity));
  }
  verdict.observation = std::move(observation);
  return verdict;
}

}  // namespace check
