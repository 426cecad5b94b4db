#include "base/interruption.h"

#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace base {
namespace {

sigset_t ends() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interruption::Interruption() {
  const sigset_t set = ends();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

Interruption::~Interruption() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool Interruption::wait(std::chrono::milliseconds time) {
  using std::chrono::steady_clock;
  const auto end = steady_clock::now() + time;
  const sigset_t set = ends();
  while (!has_come_) {
    const auto left =
        std::max(std::chrono::nanoseconds(0),
                 std::chrono::duration_cast<std::chrono::nanoseconds>(end - steady_clock::now()));
    const timespec limit{static_cast<time_t>(left.count() / 1'000'000'000),
                         static_cast<long>(left.count() % 1'000'000'000)};
    has_come_ = ::sigtimedwait(&set, nullptr, &limit) > 0;
    if (!has_come_ && errno != EINTR) return false;
  }
  return true;
}

}  // namespace base
