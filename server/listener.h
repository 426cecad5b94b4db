#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "server/event_loop.h"

namespace server {

// A connection that has come.
struct Accepted {
  base::FileDescriptor fd;
  std::string peer;       // "127.0.0.1:50000", or the path of a unix socket and ":0"
  std::string local;      // where it has come to, likewise
  bool is_local = false;  // from this host
};

// A listening socket that hands over what it accepts.
class Listener : public EventLoop::Handler {
 public:
  using Accept = std::function<void(Accepted accepted)>;

  // Throws Error(kIo and others) that names the address.
  Listener(EventLoop& loop, const std::string& address, uint16_t port, Accept accept);
  // A unix socket with this mode; 0: as the system makes it. One that a server left behind is replaced;
  // throws Error(kExists) when somebody answers.
  static std::unique_ptr<Listener> at_path(EventLoop& loop, const std::filesystem::path& path, uint32_t mode,
                                           Accept accept);
  ~Listener() override;

  void on_ready(uint32_t epoll_events) override;

 private:
  Listener(EventLoop& loop, base::FileDescriptor fd, std::filesystem::path path, Accept accept);

  EventLoop& loop_;
  base::FileDescriptor fd_;
  Accept accept_;
  std::filesystem::path path_;  // removed at the end; empty for TCP
};

}  // namespace server
