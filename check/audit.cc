#include "check/audit.h"

#include <algorithm>
#include <iterator>

#include "check/audit_rules.h"
#include "check/problem.h"

namespace check {
namespace {

using pki::Severity;

Severity severity_of(State state) {
  return state == State::kCritical ? Severity::kError
         : state == State::kOk     ? Severity::kInfo
                                   : Severity::kWarning;
}

const AuditRule& rule_named(std::string_view id) {
  const auto& rules = audit_rules();
  return *std::find_if(rules.begin(), rules.end(), [&](const AuditRule& rule) { return rule.id == id; });
}

// The line that the rule is about, where the file has it.
AuditFinding finding_of(const AuditSubject& subject, const AuditRule& rule, Severity severity,
                        std::string detail) {
  AuditFinding finding{&rule, severity, std::move(detail), subject.name};
  const auto lines = subject.lines.find(std::string(rule.directive));
  if (lines != subject.lines.end()) {
    finding.place = lines->second.back().file.native();
    finding.line = lines->second.back().number;
  } else if (!subject.file.empty()) {
    finding.place = subject.file.native();
  }
  return finding;
}

void add_certificates(const AuditSubject& subject, std::vector<AuditFinding>& findings) {
  constexpr size_t kBundle = 20;  // of public CAs, of which some have always ended; it has a rule of its own
  for (const Verdict& verdict : subject.certificates) {
    for (const Element& element : verdict.elements) {
      if (verdict.elements.size() > kBundle) break;
      if (element.state == State::kOk) continue;
      findings.push_back(
          finding_of(subject, rule_named(kExpiryRule.id), severity_of(element.state),
                     verdict.source + ": " + clean(element.subject) + ", " + time_left(element.left)));
    }
    for (const pki::Finding& found : verdict.findings) {
      if (found.severity == Severity::kInfo || found.code == "wrong_purpose")
        continue;  // has a rule of its own
      findings.push_back(finding_of(subject, rule_named(kCertificateRule.id), found.severity,
                                    verdict.source + ": " + clean(found.text)));
    }
    if (!verdict.failure.empty()) {
      findings.push_back(
          finding_of(subject, rule_named("unread-files"), Severity::kWarning, clean(verdict.failure)));
    }
  }
}

}  // namespace

const std::vector<AuditRule>& audit_rules() {
  static const std::vector<AuditRule> all = [] {
    std::vector<AuditRule> rules;
    for (auto part : {connection_rules(), authentication_rules(), replication_rules(), file_rules()}) {
      std::move(part.begin(), part.end(), std::back_inserter(rules));
    }
    return rules;
  }();
  return all;
}

std::vector<AuditFinding> audit(const AuditSubject& subject) {
  std::vector<AuditFinding> findings;
  for (const AuditRule& rule : audit_rules()) {
    if (auto detail = rule.look(subject)) {
      findings.push_back(finding_of(subject, rule, rule.severity, std::move(*detail)));
    }
  }
  add_certificates(subject, findings);
  std::stable_sort(findings.begin(), findings.end(),
                   [](const AuditFinding& a, const AuditFinding& b) { return a.severity > b.severity; });
  return findings;
}

State state_of(const std::vector<AuditFinding>& findings) {
  State state = State::kOk;
  for (const AuditFinding& finding : findings) state = worse(state, state_of(finding.severity));
  return state;
}

}  // namespace check
