#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/file.h"
#include "server/event_loop.h"

namespace server {

// A listening TCP socket that hands over what it accepts.
class Listener : public EventLoop::Handler {
 public:
  using Accept = std::function<void(base::FileDescriptor fd, std::string peer)>;

  // Throws Error(kIo and others) that names the address.
  Listener(EventLoop& loop, const std::string& address, uint16_t port, Accept accept);
  // A unix socket, 0600. One that a server left behind is replaced; throws Error(kExists) when somebody
  // answers.
  Listener(EventLoop& loop, const std::filesystem::path& path, Accept accept);
  ~Listener() override;

  void on_ready(uint32_t epoll_events) override;

 private:
  EventLoop& loop_;
  base::FileDescriptor fd_;
  Accept accept_;
  std::filesystem::path path_;  // removed at the end; empty for TCP
};

}  // namespace server
