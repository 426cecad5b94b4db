#include "pki/finding.h"

#include <algorithm>

namespace pki {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "";
}

bool has_errors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::kError; });
}

std::string describe_errors(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    if (finding.severity != Severity::kError) continue;
    if (!text.empty()) text += "; ";
    text += finding.text;
  }
  return text;
}

}  // namespace pki
