#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pki {

enum class Severity { kInfo, kWarning, kError };

std::string_view to_string(Severity severity);

// One thing that a verification saw.
struct Finding {
  Severity severity;
  std::string code;  // for machines: "expired", "name_mismatch"
  std::string text;  // for people, without a final period
};

using Findings = std::vector<Finding>;

bool has_errors(const Findings& findings);

// The texts of the errors, joined by "; ".
std::string describe_errors(const Findings& findings);

}  // namespace pki
