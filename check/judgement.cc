#include "check/judgement.h"

#include <algorithm>

#include "base/error.h"
#include "base/timestamp.h"
#include "pki/chain_verifier.h"

namespace check {
namespace {

using pki::Severity;
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

State judge_expiry(const Element& element, base::Time now) {
  if (element.left <= element.critical_at || element.not_before > now) return State::kCritical;
  return element.left <= element.warns_at ? State::kWarning : State::kOk;
}

Element judge(const pki::Certificate& certificate, const Thresholds& thresholds, base::Time now) {
  Element element;
  element.subject = certificate.subject();
  element.issuer = certificate.issuer();
  element.subject_name = certificate.subject_name();
  element.issuer_name = certificate.issuer_name();
  for (const auto& name : certificate.subject_alt_names()) element.names.push_back(to_string(name));
  element.serial = certificate.serial();
  element.sha256 = certificate.sha256();
  element.not_before = certificate.not_before();
  element.not_after = certificate.not_after();
  element.left = element.not_after - now;
  const seconds lifetime = element.not_after - element.not_before;
  element.warns_at = thresholds.warning.before_end(lifetime);
  element.critical_at = thresholds.critical.before_end(lifetime);
  element.is_ca = certificate.is_ca();
  element.is_self_issued = certificate.is_self_issued();
  element.state = judge_expiry(element, now);
  return element;
}

pki::Findings judge_issuers(const std::vector<Element>& chain) {
  pki::Findings findings;
  for (size_t i = 1; i < chain.size(); ++i) {
    if (chain[i].subject != chain[i - 1].issuer || chain[i].not_after >= chain[i - 1].not_after) continue;
    findings.push_back({Severity::kWarning, "ca_ends_first",
                        "its issuer " + chain[i].subject + " ends at " +
                            base::format_timestamp(chain[i].not_after) + ", before it does"});
  }
  return findings;
}

pki::Findings judge_age(const RevocationList& crl, base::Time now) {
  if (!crl.next_update) return {};
  const std::string when =
      "the CRL of " + crl.issuer + " is to be replaced by " + base::format_timestamp(*crl.next_update);
  if (*crl.next_update <= now) return {{Severity::kError, "crl_expired", when + ", which is over"}};
  if (*crl.next_update - now < (*crl.next_update - crl.this_update) / 4) {
    return {{Severity::kWarning, "crl_ends_soon", when}};
  }
  return {};
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

State state_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return State::kOk;
    case Severity::kWarning:
      return State::kWarning;
    case Severity::kError:
      return State::kCritical;
  }
  return State::kCritical;
}

State worse(State a, State b) { return rank(a) >= rank(b) ? a : b; }

seconds Threshold::before_end(seconds lifetime) const {
  if (!share) return time.value_or(seconds(0));
  const seconds part(static_cast<seconds::rep>(static_cast<double>(lifetime.count()) * *share));
  return time ? std::min(*time, part) : part;
}

Verdict judge(const Observation& observation, const Thresholds& thresholds, base::Time now) {
  Verdict verdict;
  verdict.kind = observation.kind;
  verdict.source = observation.source;
  verdict.path = observation.path;
  verdict.findings = observation.findings;
  verdict.failure = observation.failure;
  if (!verdict.failure.empty()) verdict.state = State::kUnknown;
  try {
    for (const auto& certificate : observation.chain) {
      verdict.elements.push_back(judge(certificate, thresholds, now));
      verdict.state = worse(verdict.state, verdict.elements.back().state);
    }
  } catch (const base::Error& error) {  // a date that is none
    verdict.failure = error.what();
    verdict.state = worse(verdict.state, State::kUnknown);
  }
  append(verdict.findings, pki::assess_strength(observation.chain));
  append(verdict.findings, judge_issuers(verdict.elements));
  for (const auto& crl : observation.crls) {
    verdict.crls.push_back({crl.issuer_name(), crl.issuer(), crl.this_update(), crl.next_update()});
    append(verdict.findings, judge_age(verdict.crls.back(), now));
  }
  for (const auto& finding : verdict.findings) {
    verdict.state = worse(verdict.state, state_of(finding.severity));
  }
  return verdict;
}

}  // namespace check
