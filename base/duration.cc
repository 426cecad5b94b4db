#include "base/duration.h"

#include <array>
#include <charconv>

#include "base/error.h"

namespace base {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  long long milliseconds;
};

constexpr long long kSecond = 1000;
constexpr long long kDay = 24 * 3600 * kSecond;
constexpr std::array<Unit, 7> kUnits{{{"y", 365 * kDay},
                                      {"w", 7 * kDay},
                                      {"d", kDay},
                                      {"h", 3600 * kSecond},
                                      {"m", 60 * kSecond},
                                      {"s", kSecond},
                                      {"ms", 1}}};
constexpr long long kLongest = 100 * 365 * kDay;

Error not_a_duration(std::string_view text) {
  return Error(ErrorKind::kUsage,
               "'" + std::string(text) + "' is not a duration; write it like 90d, 12h, 10y or 2h30m");
}

}  // namespace

milliseconds parse_duration(std::string_view text) {
  long long total = 0;
  size_t smallest_unit = 0;  // units must come largest first, each at most once
  std::string_view rest = text;
  while (!rest.empty()) {
    long long number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || number < 0) throw not_a_duration(text);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));

    const size_t unit_length = std::min(rest.find_first_of("0123456789"), rest.size());
    const std::string_view unit_name = rest.substr(0, unit_length);
    rest.remove_prefix(unit_length);
    size_t unit = smallest_unit;
    while (unit < kUnits.size() && kUnits[unit].name != unit_name) ++unit;
    if (unit == kUnits.size()) throw not_a_duration(text);
    smallest_unit = unit + 1;

    if (number > kLongest / kUnits[unit].milliseconds) throw not_a_duration(text);
    total += number * kUnits[unit].milliseconds;
  }
  if (total <= 0 || total > kLongest) throw not_a_duration(text);
  return milliseconds(total);
}

std::string format_duration(std::chrono::seconds duration) {
  long long rest = duration.count() * kSecond;
  std::string text;
  if (rest < 0) {
    text = "-";
    rest = -rest;
  }
  int parts = 0;
  for (const Unit& unit : kUnits) {
    if (unit.name == "ms" || unit.name == "y" || unit.name == "w") continue;
    const long long count = rest / unit.milliseconds;
    if (count == 0) {
      if (parts > 0) break;
      continue;
    }
    if (parts == 1) text += " ";
    text += std::to_string(count) + std::string(unit.name);
    rest -= count * unit.milliseconds;
    if (++parts == 2) break;
  }
  return parts == 0 ? "0s" : text;
}

}  // namespace base
