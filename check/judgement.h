#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "check/observation.h"
#include "pki/name.h"

namespace check {

// Nagios' states, with their exit codes.
enum class State { kOk = 0, kWarning = 1, kCritical = 2, kUnknown = 3 };

std::string_view to_string(State state);
State state_of(pki::Severity severity);

// The worse of two; critical is the worst, then unknown.
State worse(State a, State b);

// So long before the end: a time, or a share of the lifetime; of both, whichever is shorter.
struct Threshold {
  std::optional<std::chrono::seconds> time;
  std::optional<double> share;  // 0 to 1

  std::chrono::seconds before_end(std::chrono::seconds lifetime) const;
};

struct Thresholds {
  Threshold warning{std::chrono::days(21), 0.25};
  Threshold critical{std::chrono::days(7), 0.10};
};

// One certificate of an observation, judged. Holds no certificate, so that many are small.
struct Element {
  std::string subject, issuer;  // in words
  pki::DistinguishedName subject_name, issuer_name;
  std::vector<std::string> names;  // subject alternative names, with their kind
  std::string serial, sha256;
  base::Time not_before, not_after;
  std::chrono::seconds left{};
  std::chrono::seconds warns_at{}, critical_at{};  // so long before the end
  bool is_ca = false;
  bool is_self_issued = false;
  State state = State::kOk;
};

struct RevocationList {
  pki::DistinguishedName issuer_name;
  std::string issuer;
  base::Time this_update;
  std::optional<base::Time> next_update;
};

struct Verdict {
  Observation::Kind kind = Observation::Kind::kFile;
  std::string source;
  std::filesystem::path path;
  std::vector<Element> elements;
  std::vector<RevocationList> crls;
  pki::Findings findings;
  std::string failure;
  State state = State::kOk;  // the worst of its elements, findings and failure
};

// What was found before, and: weak keys and signatures, issuers that end before what they issued
// (ca_ends_first), CRLs that are old (crl_expired, crl_ends_soon).
Verdict judge(const Observation& observation, const Thresholds& thresholds, base::Time now);

}  // namespace check
