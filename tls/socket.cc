#include "tls/socket.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace tls {
namespace {

using base::Error;
using base::ErrorKind;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

// Waits for events on the socket; false at the deadline.
bool poll_until(int fd, short events, Deadline deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd entry{fd, events, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(std::clamp<long long>(left.count(), 0, 1'000'000)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw base::system_error("wait", "socket", errno);
  }
}

// 0, or the errno of the failure.
int connect_socket(int fd, const sockaddr* address, socklen_t length, Deadline deadline) {
  if (::connect(fd, address, length) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  if (!poll_until(fd, POLLOUT, deadline)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

}  // namespace

Socket Socket::connect(const HostPort& address, Deadline deadline) {
  const std::string name = address.to_string();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  if (failure != 0) {
    throw Error(ErrorKind::kUnreachable, name + ": can't resolve the host: " + ::gai_strerror(failure));
  }
  int last_error = EHOSTUNREACH;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    base::FileDescriptor fd(::socket(entry->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.is_open()) continue;
    last_error = connect_socket(fd.get(), entry->ai_addr, entry->ai_addrlen, deadline);
    if (last_error == 0) {
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      return Socket(std::move(fd), name);
    }
  }
  throw base::system_error("connect", name, last_error);
}

Socket Socket::connect(const std::filesystem::path& unix_path, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (unix_path.native().size() >= sizeof address.sun_path) {
    throw Error(ErrorKind::kUsage, unix_path.native() + ": too long for the path of a socket");
  }
  std::memcpy(address.sun_path, unix_path.c_str(), unix_path.native().size() + 1);
  base::FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) throw base::system_error("connect", unix_path.native(), errno);
  const int failure =
      connect_socket(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
  if (failure != 0) throw base::system_error("connect", unix_path.native(), failure);
  return Socket(std::move(fd), unix_path.native());
}

void Socket::wait(short events, Deadline deadline) const {
  if (!poll_until(fd_.get(), events, deadline))
    throw Error(ErrorKind::kTimeout, peer_ + ": no answer in time");
}

std::optional<size_t> Socket::try_read(char* buffer, size_t size) {
  while (true) {
    const ssize_t count = ::recv(fd_.get(), buffer, size, 0);
    if (count >= 0) return static_cast<size_t>(count);
    if (errno == EAGAIN) return std::nullopt;
    if (errno != EINTR) throw base::system_error("read", peer_, errno);
  }
}

size_t Socket::read(char* buffer, size_t size, Deadline deadline) {
  while (true) {
    if (const auto count = try_read(buffer, size)) return *count;
    wait(POLLIN, deadline);
  }
}

void Socket::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) {
      bytes.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      wait(POLLOUT, deadline);
    } else if (errno != EINTR) {
      throw base::system_error("write", peer_, errno);
    }
  }
}

}  // namespace tls
