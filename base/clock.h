#pragma once

#include <chrono>

namespace base {

// Wall-clock time in whole seconds, UTC: the resolution of certificates.
using Time = std::chrono::sys_seconds;

// Where the program gets the time from. Implementations are safe for concurrent use.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SystemClock : public Clock {
 public:
  Time now() const override;
};

}  // namespace base
