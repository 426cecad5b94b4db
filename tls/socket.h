#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "tls/address.h"

namespace tls {

using Deadline = std::chrono::steady_clock::time_point;

inline Deadline deadline_in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

// A connected socket that is used by one thread and waits no longer than a deadline.
// All throw Error: kUnreachable, kTimeout, kIo.
class Socket {
 public:
  // Tries every address of the host in turn.
  static Socket connect(const HostPort& address, Deadline deadline);
  static Socket connect(const std::filesystem::path& unix_path, Deadline deadline);

  // Takes a connected, non-blocking one.
  static Socket adopt(base::FileDescriptor fd, std::string peer) {
    return Socket(std::move(fd), std::move(peer));
  }

  // Bytes read, 0 at the end of the stream.
  size_t read(char* buffer, size_t size, Deadline deadline);
  void write(std::string_view bytes, Deadline deadline);

  // What can be read now; nothing when there is none yet.
  std::optional<size_t> try_read(char* buffer, size_t size);
  int descriptor() const { return fd_.get(); }  // non-blocking

  const std::string& peer() const { return peer_; }  // as the caller named it

 private:
  Socket(base::FileDescriptor fd, std::string peer) : fd_(std::move(fd)), peer_(std::move(peer)) {}
  void wait(short events, Deadline deadline) const;

  base::FileDescriptor fd_;
  std::string peer_;
};

}  // namespace tls
