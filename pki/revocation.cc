#include "pki/revocation.h"

#include <algorithm>

#include "base/error.h"
#include "base/words.h"

namespace pki {
namespace {

struct ReasonName {
  RevocationReason reason;
  std::string_view name;
};

constexpr ReasonName kNames[] = {{RevocationReason::kUnspecified, "unspecified"},
                                 {RevocationReason::kKeyCompromise, "key-compromise"},
                                 {RevocationReason::kCaCompromise, "ca-compromise"},
                                 {RevocationReason::kAffiliationChanged, "affiliation-changed"},
                                 {RevocationReason::kSuperseded, "superseded"},
                                 {RevocationReason::kCessationOfOperation, "cessation-of-operation"},
                                 {RevocationReason::kCertificateHold, "certificate-hold"},
                                 {RevocationReason::kRemoveFromCrl, "remove-from-crl"},
                                 {RevocationReason::kPrivilegeWithdrawn, "privilege-withdrawn"},
                                 {RevocationReason::kAaCompromise, "aa-compromise"}};

std::string without_hyphens(std::string_view text) {
  std::string result = base::lower_case(text);
  result.erase(std::remove(result.begin(), result.end(), '-'), result.end());
  return result;
}

}  // namespace

std::string_view to_string(RevocationReason reason) {
  for (const auto& entry : kNames) {
    if (entry.reason == reason) return entry.name;
  }
  return "unspecified";
}

RevocationReason parse_revocation_reason(std::string_view text) {
  std::string known;
  for (const auto& entry : kNames) {
    if (without_hyphens(entry.name) == without_hyphens(text)) return entry.reason;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw base::Error(base::ErrorKind::kUsage,
                    "unknown reason '" + std::string(text) + "'; there are " + known);
}

}  // namespace pki
