#include "base/timestamp.h"

#include <gtest/gtest.h>

#include "expect_error.h"

TEST(Timestamp, WritesAndReadsRfc3339) {
  const auto time = base::parse_timestamp("2026-11-22T10:30:05Z");
  EXPECT_EQ(time.time_since_epoch().count(), 1795343405);
  EXPECT_EQ(base::format_timestamp(time), "2026-11-22T10:30:05Z");
}

TEST(Timestamp, KnowsYearsBefore1970AndAfter2038) {
  for (const char* text : {"1969-12-31T23:59:59Z", "2049-02-28T00:00:00Z", "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(base::format_timestamp(base::parse_timestamp(text)), text);
  }
}

TEST(Timestamp, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2026-11-22", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-11-22T24:00:00Z", "2026-11-22T10:30:05Zx"}) {
    testing_support::expect_error(base::ErrorKind::kInvalid, "is not a time",
                                  [&] { base::parse_timestamp(text); });
  }
}
