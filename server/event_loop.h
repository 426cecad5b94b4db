#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/file.h"

namespace server {

// Waits for descriptors with epoll (level-triggered) and for points in time. Belongs to the thread that runs
// it; others may only use call_at().
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
  void remove(int fd);  // not needed for one that is closed

  // Destroys it at the end of the turn, whose events may still name it.
  void retire(std::unique_ptr<Handler> handler) { retired_.push_back(std::move(handler)); }

  // The action runs in the loop's thread; those for the same time run in the order of the calls.
  void call_at(TimePoint time, std::function<void()> action);

  // Waits for events and handles one batch of them, then what is due.
  void run_once();

  // When the turn began, by both clocks.
  TimePoint now() const { return now_; }
  std::chrono::system_clock::time_point wall_clock() const { return wall_clock_; }

 private:
  int milliseconds_to_next_call();
  void run_due_calls();
  bool take_due_call(TimePoint now, std::function<void()>& action);
  void wake();
  void on_woken();

  base::FileDescriptor epoll_;
  base::FileDescriptor wake_up_;
  TimePoint now_ = std::chrono::steady_clock::now();
  std::chrono::system_clock::time_point wall_clock_ = std::chrono::system_clock::now();
  std::vector<std::unique_ptr<Handler>> retired_;

  std::mutex mutex_;  // guards what follows
  std::multimap<TimePoint, std::function<void()>> calls_;
  std::thread::id thread_;  // that runs it; none before its first turn
};

}  // namespace server
