#pragma once

#include <chrono>
#include <string>

namespace base {

// How an operation waits: up to a deadline, and until somebody wants it to end. A fake counts as the second.
class Patience {
 public:
  virtual ~Patience() = default;

  // Sleeps. Throws Error(kTimeout) when the deadline would pass, with the time to come back in words, and
  // Error(kRefused) when the user interrupts.
  virtual void wait(std::chrono::milliseconds time, const std::string& what) = 0;
};

}  // namespace base
