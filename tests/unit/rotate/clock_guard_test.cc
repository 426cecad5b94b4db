#include "rotate/clock_guard.h"

#include <gtest/gtest.h>

#include "fake_clock.h"
#include "temporary_directory.h"

using std::chrono::days;
using std::chrono::hours;

namespace {

struct ClockGuard : testing::Test {
  bool is_believed() const {
    return rotate::doubt_clock(directory.path() / "renew.json", clock.now()).empty();
  }

  testing_support::TemporaryDirectory directory;
  testing_support::FakeClock clock;
};

}  // namespace

TEST_F(ClockGuard, BelievesAClockThatGoesOn) {
  EXPECT_TRUE(is_believed());
  clock.advance(days(20));
  EXPECT_TRUE(is_believed());
  clock.advance(-std::chrono::minutes(30));
  EXPECT_TRUE(is_believed());
}

TEST_F(ClockGuard, DoubtsAJumpUntilItHasLastedADay) {
  EXPECT_TRUE(is_believed());
  clock.advance(days(400));
  EXPECT_FALSE(is_believed());
  clock.advance(hours(23));
  EXPECT_FALSE(is_believed());
  clock.advance(hours(1));
  EXPECT_TRUE(is_believed());
}

TEST_F(ClockGuard, BelievesAClockThatHasReturned) {
  EXPECT_TRUE(is_believed());
  clock.advance(days(400));
  EXPECT_FALSE(is_believed());
  clock.advance(hours(6) - days(400));
  EXPECT_TRUE(is_believed());
  clock.advance(-days(2));
  EXPECT_FALSE(is_believed());
  clock.advance(days(2) + hours(5));
  EXPECT_TRUE(is_believed());
}

TEST_F(ClockGuard, DoubtsASecondJumpAnew) {
  EXPECT_TRUE(is_believed());
  clock.advance(days(400));
  EXPECT_FALSE(is_believed());
  clock.advance(days(40));
  EXPECT_FALSE(is_believed());
  clock.advance(hours(20));
  EXPECT_FALSE(is_believed());
}
