#pragma once

#include "base/clock.h"
#include "base/timestamp.h"

namespace testing_support {

// A clock that stands where it is put.
class FakeClock : public base::Clock {
 public:
  base::Time now() const override { return now_; }
  void set(base::Time time) { now_ = time; }
  void advance(std::chrono::seconds time) { now_ += time; }

 private:
  base::Time now_ = base::parse_timestamp("2026-11-22T12:00:00Z");
};

}  // namespace testing_support
