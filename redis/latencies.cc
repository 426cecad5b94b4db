#include "redis/latencies.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace redis {
namespace {

constexpr uint64_t kSteps = 64;

// Below kSteps each number has a place of its own; then each power of two has kSteps places.
size_t place_of(uint64_t number) {
  if (number < kSteps) return number;
  const auto shift = static_cast<uint64_t>(std::bit_width(number / kSteps)) - 1;
  return (shift + 1) * kSteps + (number >> shift) - kSteps;
}

uint64_t largest_in(size_t place) {
  if (place < kSteps) return place;
  const uint64_t shift = place / kSteps - 1;
  return ((place % kSteps + kSteps + 1) << shift) - 1;
}

}  // namespace

void Latencies::record(std::chrono::nanoseconds latency) {
  ++counts_[place_of(static_cast<uint64_t>(std::max<int64_t>(latency.count(), 0)))];
  ++total_;
}

void Latencies::add(const Latencies& others) {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += others.counts_[i];
  total_ += others.total_;
}

std::chrono::nanoseconds Latencies::percentile(double percent) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(static_cast<double>(total_) * percent / 100));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size() && total_ > 0; ++i) {
    seen += counts_[i];
    if (seen >= wanted && seen > 0) return std::chrono::nanoseconds(largest_in(i));
  }
  return std::chrono::nanoseconds(0);
}

}  // namespace redis
