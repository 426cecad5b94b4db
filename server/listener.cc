#include "server/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <memory>

#include "base/error.h"
#include "tls/address.h"

namespace server {
namespace {

constexpr int kBacklog = 1024;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

base::FileDescriptor listen_on(const std::string& address, uint16_t port) {
  const std::string name = tls::HostPort{address, port}.to_string();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST;
  addrinfo* found = nullptr;
  const char* host = address == "*" ? nullptr : address.c_str();
  const int failure = ::getaddrinfo(host, std::to_string(port).c_str(), &hints, &found);
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  if (failure != 0)
    throw base::Error(base::ErrorKind::kUsage, "bind: '" + address + "' is no address of this host");

  base::FileDescriptor fd(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) throw base::system_error("listen", name, errno);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // those that it accepts inherit it
  // Clients speak first: a connection is worth a wake-up when its first bytes are there, or after a second.
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_DEFER_ACCEPT, &on, sizeof on);
  if (found->ai_family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.get(), found->ai_addr, found->ai_addrlen) != 0 || ::listen(fd.get(), kBacklog) != 0) {
    throw base::system_error("listen", name, errno);
  }
  return fd;
}

base::FileDescriptor listen_on_path(const std::filesystem::path& path, uint32_t mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof address.sun_path) {
    throw base::Error(base::ErrorKind::kUsage, "the path of a unix socket is too long: " + path.native());
  }
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  base::FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) throw base::system_error("listen", path.native(), errno);
  const auto* name = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd.get(), name, sizeof address) == 0) {
    throw base::Error(base::ErrorKind::kExists, path.native() + ": another server listens there");
  }
  std::error_code error;
  if (std::filesystem::is_socket(path, error)) std::filesystem::remove(path, error);
  // Nobody may connect before the mode is what it shall be.
  const mode_t mask = mode == 0 ? ::umask(0) : ::umask(0777 & ~mode);
  if (mode == 0) ::umask(mask);
  const bool is_bound = ::bind(fd.get(), name, sizeof address) == 0 && ::listen(fd.get(), kBacklog) == 0;
  const int failure = errno;
  ::umask(mask);
  if (!is_bound) throw base::system_error("listen", path.native(), failure);
  return fd;
}

std::string name_of(const sockaddr_storage& address) {
  char host[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    const auto& of_ip6 = reinterpret_cast<const sockaddr_in6&>(address);
    ::inet_ntop(AF_INET6, &of_ip6.sin6_addr, host, sizeof host);
    return "[" + std::string(host) + "]:" + std::to_string(ntohs(of_ip6.sin6_port));
  }
  const auto& of_ip4 = reinterpret_cast<const sockaddr_in&>(address);
  ::inet_ntop(AF_INET, &of_ip4.sin_addr, host, sizeof host);
  return std::string(host) + ":" + std::to_string(ntohs(of_ip4.sin_port));
}

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    const in6_addr& ip6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&ip6);
  }
  constexpr uint32_t kLoopbackNet = 127;
  return ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24 == kLoopbackNet;
}

}  // namespace

Listener::Listener(EventLoop& loop, base::FileDescriptor fd, std::filesystem::path path, Accept accept)
    : loop_(loop), fd_(std::move(fd)), accept_(std::move(accept)), path_(std::move(path)) {
  loop_.add(fd_.get(), EPOLLIN, *this);
}

Listener::Listener(EventLoop& loop, const std::string& address, uint16_t port, Accept accept)
    : Listener(loop, listen_on(address, port), {}, std::move(accept)) {}

std::unique_ptr<Listener> Listener::at_path(EventLoop& loop, const std::filesystem::path& path, uint32_t mode,
                                            Accept accept) {
  return std::unique_ptr<Listener>(new Listener(loop, listen_on_path(path, mode), path, std::move(accept)));
}

Listener::~Listener() {
  loop_.remove(fd_.get());
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

void Listener::on_ready(uint32_t /*epoll_events*/) {
  constexpr int kAcceptsPerTurn = 128;
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    base::FileDescriptor fd(
        ::accept4(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.is_open()) return;  // none left, or no descriptor for it: the next turn tries again
    if (!path_.empty()) {
      const std::string name = path_.native() + ":0";
      accept_({std::move(fd), name, name, true});
      continue;
    }
    sockaddr_storage local{};
    length = sizeof local;
    ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&local), &length);
    accept_({std::move(fd), name_of(address), name_of(local), is_loopback(address)});
  }
}

}  // namespace server
