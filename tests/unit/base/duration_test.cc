#include "base/duration.h"

#include <gtest/gtest.h>

#include "expect_error.h"

using namespace std::chrono_literals;
using testing_support::expect_error;

TEST(Duration, ReadsEachUnitAndSumsThem) {
  EXPECT_EQ(base::parse_duration("90d"), 90 * 24h);
  EXPECT_EQ(base::parse_duration("10y"), 3650 * 24h);
  EXPECT_EQ(base::parse_duration("2h30m"), 150min);
  EXPECT_EQ(base::parse_duration("1w"), 7 * 24h);
  EXPECT_EQ(base::parse_duration("250ms"), 250ms);
  EXPECT_EQ(base::parse_duration("1m5ms"), 60005ms);
}

TEST(Duration, RefusesWhatIsNoDuration) {
  for (const char* text :
       {"", "90", "d", "-1d", "1x", "1d2d", "1m1h", "0d", "1.5d", "101y", "99999999999999999999d", "1 d"}) {
    expect_error(base::ErrorKind::kUsage, "is not a duration", [&] { base::parse_duration(text); });
  }
}

TEST(Duration, ShowsTheTwoLargestUnits) {
  EXPECT_EQ(base::format_duration(89 * 24h + 23h + 5min), "89d 23h");
  EXPECT_EQ(base::format_duration(303s), "5m 3s");
  EXPECT_EQ(base::format_duration(24h), "1d");
  EXPECT_EQ(base::format_duration(0s), "0s");
  EXPECT_EQ(base::format_duration(-90s), "-1m 30s");
}
