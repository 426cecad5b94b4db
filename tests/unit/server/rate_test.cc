#include "server/rate.h"

#include <gtest/gtest.h>

using namespace std::chrono_literals;
using server::Rate;

TEST(Rate, IsTheMeanOfTheLastSamples) {
  Rate rate;
  Rate::Clock::time_point now{};
  EXPECT_EQ(rate.per_second(), 0u);
  rate.sample(0, now);
  EXPECT_EQ(rate.per_second(), 0u);
  for (uint64_t i = 1; i <= 100; ++i) rate.sample(i * 10, now + i * 100ms);
  EXPECT_EQ(rate.per_second(), 100u);
  for (uint64_t i = 101; i <= 116; ++i) rate.sample(1000, now + i * 100ms);
  EXPECT_EQ(rate.per_second(), 0u);
}

TEST(Rate, CountThatBeginsAnewIsNoRate) {
  Rate rate;
  rate.sample(1000, Rate::Clock::time_point{});
  rate.sample(1, Rate::Clock::time_point{} + 1s);
  EXPECT_EQ(rate.per_second(), 0u);
}
