#include "check/notice.h"

#include "base/timestamp.h"
#include "check/problem.h"

namespace check {
namespace {

constexpr std::chrono::days kSteps[] = {std::chrono::days(7), std::chrono::days(15), std::chrono::days(30),
                                        std::chrono::days(60)};

std::string event_of(const Element& element) {
  if (element.left.count() < 0) return "expired";
  for (const auto step : kSteps) {
    if (element.left > step) continue;
    if (step > (element.not_after - element.not_before) / 3) break;
    return "expires_in_" + std::to_string(step.count()) + "d";
  }
  return element.left <= element.critical_at ? "expires_soon" : "";
}

}  // namespace

std::optional<Notice> expiry_notice(const Verdict& verdict) {
  const Element* first = first_to_end(verdict);
  if (first == nullptr) return std::nullopt;
  const std::string event = event_of(*first);
  if (event.empty()) return std::nullopt;
  return Notice{event, clean(verdict.source) + ": " + clean(first->subject) + ": " + time_left(first->left) +
                           ", until " + base::format_timestamp(first->not_after)};
}

std::optional<Notice> trouble_notice(const Verdict& verdict) {
  if (!verdict.failure.empty()) {
    return Notice{"check_unknown", clean(verdict.source) + ": " + clean(verdict.failure)};
  }
  for (const pki::Finding& finding : verdict.findings) {
    if (finding.severity != pki::Severity::kError) continue;
    return Notice{"check_critical", clean(verdict.source) + ": " + clean(finding.text)};
  }
  return std::nullopt;
}

}  // namespace check
