#include "redis/latencies.h"

#include <gtest/gtest.h>

namespace {

using std::chrono::nanoseconds;

TEST(Latencies, PercentilesAreThoseOfTheSortedListWithinTwoPercent) {
  redis::Latencies latencies;
  for (int64_t i = 1; i <= 100'000; ++i) latencies.record(nanoseconds(i * 1000));
  for (const double percent : {0.1, 1.0, 50.0, 95.0, 99.0, 99.9, 100.0}) {
    const double exact = percent * 1'000'000;
    EXPECT_GE(latencies.percentile(percent).count(), exact) << percent;
    EXPECT_LE(latencies.percentile(percent).count(), exact * 1.02) << percent;
  }
}

TEST(Latencies, SmallAndHugeOnesAreKept) {
  redis::Latencies latencies;
  for (const int64_t number : {int64_t{0}, int64_t{-5}, int64_t{63}, int64_t{64}, INT64_MAX}) {
    latencies.record(nanoseconds(number));
  }
  EXPECT_EQ(latencies.percentile(40).count(), 0);
  EXPECT_EQ(latencies.percentile(60).count(), 63);
  EXPECT_EQ(latencies.percentile(80).count(), 64);
  EXPECT_EQ(latencies.percentile(100).count(), INT64_MAX);
}

TEST(Latencies, OfManyThreadsAreAdded) {
  redis::Latencies one;
  redis::Latencies other;
  one.record(nanoseconds(10));
  other.record(nanoseconds(20));
  one.add(other);
  EXPECT_EQ(one.percentile(50).count(), 10);
  EXPECT_EQ(one.percentile(51).count(), 20);
  EXPECT_EQ(redis::Latencies().percentile(50).count(), 0);
}

}  // namespace
