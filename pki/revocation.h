#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace pki {

// Why a certificate is not valid any more, with the numbers of RFC 5280, 5.3.1.
enum class RevocationReason {
  kUnspecified = 0,
  kKeyCompromise = 1,
  kCaCompromise = 2,
  kAffiliationChanged = 3,
  kSuperseded = 4,
  kCessationOfOperation = 5,
  kCertificateHold = 6,
  kRemoveFromCrl = 8,
  kPrivilegeWithdrawn = 9,
  kAaCompromise = 10,
};

struct Revocation {
  RevocationReason reason = RevocationReason::kUnspecified;
  base::Time at;
};

// "key-compromise"; parse also knows RFC 5280's and openssl's "keyCompromise". Throws Error(kUsage).
std::string_view to_string(RevocationReason reason);
RevocationReason parse_revocation_reason(std::string_view text);

}  // namespace pki
