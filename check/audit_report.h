#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "check/audit.h"

namespace check {

struct Audited {
  std::string name;
  std::vector<AuditFinding> findings;
  std::string failure;  // why it could not be audited
};

State state_of(const std::vector<Audited>& audited);

// "text", "json" or "sarif" (SARIF 2.1.0, for code scanning). `version` is the program's.
// Throws Error(kUsage) for another one.
void write_audit(std::string_view format, std::ostream& out, const std::vector<Audited>& audited,
                 const std::string& version);
std::vector<std::string> audit_formats();

}  // namespace check
