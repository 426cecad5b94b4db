#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/audit_subject.h"

namespace check {

// One point of the checklist: what may be wrong, why it matters, and what to do.
struct AuditRule {
  std::string_view id;
  pki::Severity severity;
  std::string_view title;
  std::string_view why;
  std::string_view remedy;
  std::string_view directive;  // that it is about, for the line of a file
  std::optional<std::string> (*look)(const AuditSubject& subject);  // what is wrong, in detail; nothing is
};

// In the order of the checklist: connections, protocols, who may come in, replication, files, certificates.
const std::vector<AuditRule>& audit_rules();

struct AuditFinding {
  const AuditRule* rule;
  pki::Severity severity;
  std::string detail;
  std::string place;  // the file, or the server
  size_t line = 0;    // of the file; 0: none
};

// What is wrong, the worst first.
std::vector<AuditFinding> audit(const AuditSubject& subject);

State state_of(const std::vector<AuditFinding>& findings);

}  // namespace check
