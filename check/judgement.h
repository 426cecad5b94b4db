#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "check/source.h"

namespace check {

// Nagios' states, with their exit codes.
enum class State { kOk = 0, kWarning = 1, kCritical = 2, kUnknown = 3 };

std::string_view to_string(State state);

// The worse of two; critical is the worst, then unknown.
State worse(State a, State b);

// When to warn: at a fixed time before the end, or at a share of the lifetime where that is shorter.
struct Thresholds {
  std::optional<std::chrono::seconds> warning;   // default: 21 days or 25 %
  std::optional<std::chrono::seconds> critical;  // default: 7 days or 10 %
};

// One certificate of an observation, judged.
struct Element {
  std::string subject;
  std::string sha256;
  base::Time not_after;
  std::chrono::seconds left{};
  State state = State::kOk;
};

struct Verdict {
  Observation observation;
  std::vector<Element> elements;
  State state = State::kOk;  // the worst of its elements, findings and failure
};

Verdict judge(Observation observation, const Thresholds& thresholds, base::Time now);

}  // namespace check
