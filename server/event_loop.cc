#include "server/event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"

namespace server {
namespace {

constexpr size_t kBatch = 256;

}  // namespace

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_.is_open()) throw base::system_error("make", "epoll", errno);
}

void EventLoop::add(int fd, uint32_t epoll_events, Handler& handler) {
  epoll_event event{};
  event.events = epoll_events;
  event.data.ptr = &handler;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    throw base::system_error("watch", "socket", errno);
}

void EventLoop::change(int fd, uint32_t epoll_events, Handler& handler) {
  epoll_event event{};
  event.events = epoll_events;
  event.data.ptr = &handler;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0)
    throw base::system_error("watch", "socket", errno);
}

void EventLoop::remove(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void EventLoop::call_at(TimePoint time, std::function<void()> action) {
  calls_.emplace(time, std::move(action));
}

void EventLoop::run_once() {
  std::array<epoll_event, kBatch> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kBatch, milliseconds_to_next_call());
  if (count < 0 && errno != EINTR) throw base::system_error("wait", "epoll", errno);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    static_cast<Handler*>(event.data.ptr)->on_ready(event.events);
  }
  run_due_calls();
}

int EventLoop::milliseconds_to_next_call() const {
  if (calls_.empty()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(calls_.begin()->first - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<long long>(left.count(), 0, 60'000));
}

void EventLoop::run_due_calls() {
  const auto now = std::chrono::steady_clock::now();
  while (!calls_.empty() && calls_.begin()->first <= now) {
    const auto call = calls_.extract(calls_.begin());
    call.mapped()();
  }
}

}  // namespace server
