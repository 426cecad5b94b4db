#pragma once

#include <optional>
#include <string>

#include "check/judgement.h"

namespace check {

// What people should be told, once for each event.
struct Notice {
  std::string event;  // "expires_in_30d", "expired", "expires_soon"; "check_critical", "check_unknown"
  std::string text;
};

// Of the certificate that ends first, at 60, 30, 15 and 7 days before, as far as these lie in the last third
// of its lifetime, where it should have been renewed, and when it has expired.
std::optional<Notice> expiry_notice(const Verdict& verdict);

// Of what else is critical, and of what can't be judged.
std::optional<Notice> trouble_notice(const Verdict& verdict);

}  // namespace check
