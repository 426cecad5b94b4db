#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

namespace base {

// RFC 3339 in UTC: "2026-11-22T10:30:00Z".
std::string format_timestamp(Time time);

// Reads what format_timestamp writes. Throws Error(kInvalid).
Time parse_timestamp(std::string_view text);

}  // namespace base
