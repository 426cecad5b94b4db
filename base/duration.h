#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace base {

// Reads "90d", "12h", "10y", "2h30m", "10s", "250ms": numbers with units, largest first. A year is 365 days,
// a week is `w`. Throws Error(kUsage) on anything else, on a total of 0, and on more than 100 years.
std::chrono::milliseconds parse_duration(std::string_view text);

// The two largest units of a duration: "89d 23h", "5m 3s", "0s"; a minus sign before a negative one.
std::string format_duration(std::chrono::seconds duration);

}  // namespace base
