#pragma once

#include <csignal>

#include <chrono>

namespace base {

// While it lives, SIGINT and SIGTERM don't end the process but are waited for, so that what was begun can be
// cleaned up. Made before other threads are; at the end the signals are as they were.
class Interruption {
 public:
  Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption();

  // Waits so long, or until a signal asks to end: then true, and from then on at once.
  bool wait(std::chrono::milliseconds time);

 private:
  sigset_t before_;
  bool has_come_ = false;
};

}  // namespace base
