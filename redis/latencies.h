#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace redis {

// How long many things took, each known within 2 %, in the same memory however many there are.
class Latencies {
 public:
  void record(std::chrono::nanoseconds latency);
  void add(const Latencies& others);

  // What so many per cent of all don't exceed; 0 when there are none.
  std::chrono::nanoseconds percentile(double percent) const;

 private:
  static constexpr size_t kSteps = 64;  // of each power of two
  std::array<uint64_t, 64 * kSteps> counts_{};
  uint64_t total_ = 0;
};

}  // namespace redis
