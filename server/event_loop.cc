#include "server/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"

namespace server {
namespace {

using std::chrono::steady_clock;

constexpr size_t kBatch = 256;

}  // namespace

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_up_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!epoll_.is_open() || !wake_up_.is_open()) throw base::system_error("make", "epoll", errno);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_up_.get(), &event) != 0)
    throw base::system_error("watch", "eventfd", errno);
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
  const std::lock_guard lock(mutex_);
  const auto added = calls_.emplace(time, std::move(action));
  if (added == calls_.begin() && thread_ != std::this_thread::get_id()) wake();
}

void EventLoop::run_once() {
  std::array<epoll_event, kBatch> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), kBatch, milliseconds_to_next_call());
  if (count < 0 && errno != EINTR) throw base::system_error("wait", "epoll", errno);
  now_ = steady_clock::now();
  wall_clock_ = std::chrono::system_clock::now();
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    auto* handler = static_cast<Handler*>(event.data.ptr);
    if (handler == nullptr) {
      on_woken();
    } else {
      handler->on_ready(event.events);
    }
  }
  run_due_calls();
  retired_.clear();
}

int EventLoop::milliseconds_to_next_call() {
  const std::lock_guard lock(mutex_);
  thread_ = std::this_thread::get_id();
  if (calls_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(calls_.begin()->first - steady_clock::now());
  return static_cast<int>(std::clamp<long long>(left.count(), 0, 60'000));
}

void EventLoop::run_due_calls() {
  const auto now = steady_clock::now();
  std::function<void()> action;
  while (take_due_call(now, action)) action();
}

bool EventLoop::take_due_call(TimePoint now, std::function<void()>& action) {
  const std::lock_guard lock(mutex_);
  if (calls_.empty() || calls_.begin()->first > now) return false;
  action = std::move(calls_.extract(calls_.begin()).mapped());
  return true;
}

void EventLoop::wake() {
  const uint64_t one = 1;
  (void)!::write(wake_up_.get(), &one, sizeof one);  // when it is full, the loop is woken anyway
}

void EventLoop::on_woken() {
  uint64_t count = 0;
  (void)!::read(wake_up_.get(), &count, sizeof count);
}

}  // namespace server
