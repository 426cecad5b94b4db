#include "base/timestamp.h"

#include <cstdio>

#include "base/error.h"

namespace base {

using namespace std::chrono;

std::string format_timestamp(Time time) {
  const auto midnight = floor<days>(time);
  const year_month_day date{midnight};
  const hh_mm_ss clock{time - midnight};
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

Time parse_timestamp(std::string_view text) {
  const std::string copy(text);
  int y = 0, h = 0, m = 0, s = 0, length = 0;
  unsigned mo = 0, d = 0;
  const int fields =
      std::sscanf(copy.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ%n", &y, &mo, &d, &h, &m, &s, &length);
  const year_month_day date{year(y), month(mo), day(d)};
  if (fields != 6 || static_cast<size_t>(length) != copy.size() || !date.ok() || h > 23 || m > 59 || s > 60) {
    throw Error(ErrorKind::kInvalid, "'" + copy + "' is not a time; write it like 2026-11-22T10:30:00Z");
  }
  return sys_days(date) + hours(h) + minutes(m) + seconds(s);
}

}  // namespace base
