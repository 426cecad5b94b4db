#include "base/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <vector>

TEST(Parallel, VisitsEachIndexOnce) {
  std::vector<std::atomic<int>> visits(1000);
  base::for_each_in_parallel(visits.size(), 4, [&](size_t index, size_t worker) {
    EXPECT_LT(worker, 4u);
    ++visits[index];
  });
  EXPECT_TRUE(std::all_of(visits.begin(), visits.end(), [](const auto& count) { return count == 1; }));
  base::for_each_in_parallel(0, 4, [](size_t, size_t) { FAIL(); });
}

TEST(Parallel, ThrowsTheFirstFailureAndStops) {
  std::atomic<int> visits = 0;
  const auto run = [&] {
    base::for_each_in_parallel(1'000'000, 2, [&](size_t, size_t) {
      ++visits;
      throw std::runtime_error("no");
    });
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_LE(visits, 2);
}
