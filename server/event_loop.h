#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>

#include "base/file.h"

namespace server {

// Waits for descriptors with epoll (level-triggered) and for points in time. Belongs to one thread.
class EventLoop {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Gets the events of one descriptor; must outlive the turn in which it is removed.
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_ready(uint32_t epoll_events) = 0;
  };

  EventLoop();

  void add(int fd, uint32_t epoll_events, Handler& handler);
  void change(int fd, uint32_t epoll_events, Handler& handler);
  void remove(int fd);

  void call_at(TimePoint time, std::function<void()> action);

  // Waits for events and handles one batch of them.
  void run_once();

 private:
  int milliseconds_to_next_call() const;
  void run_due_calls();

  base::FileDescriptor epoll_;
  std::multimap<TimePoint, std::function<void()>> calls_;
};

}  // namespace server
