#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace server {

// How fast a count grows, as the mean of the last samples (Redis' instantaneous_ops_per_sec).
class Rate {
 public:
  using Clock = std::chrono::steady_clock;

  void sample(uint64_t count, Clock::time_point now) { samples_[next_++ % samples_.size()] = {count, now}; }

  uint64_t per_second() const {
    if (next_ < 2) return 0;
    const Sample& newest = samples_[(next_ - 1) % samples_.size()];
    const Sample& oldest = samples_[next_ < samples_.size() ? 0 : next_ % samples_.size()];
    const std::chrono::duration<double> time = newest.when - oldest.when;
    if (newest.count < oldest.count || time.count() <= 0) return 0;  // the count began anew
    return static_cast<uint64_t>(static_cast<double>(newest.count - oldest.count) / time.count());
  }

 private:
  struct Sample {
    uint64_t count = 0;
    Clock::time_point when;
  };
  std::array<Sample, 16> samples_;
  size_t next_ = 0;
};

}  // namespace server
