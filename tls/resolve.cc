#include "tls/resolve.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <future>
#include <memory>
#include <thread>

#include "base/error.h"

namespace tls {
namespace {

using base::Error;
using base::ErrorKind;

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

std::vector<std::string> look_up(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, FreeAddresses> owner(found);
  if (failure != 0) {
    throw Error(ErrorKind::kUnreachable, host + ": can't resolve the host: " + ::gai_strerror(failure));
  }
  std::vector<std::string> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) != 0) {
      continue;
    }
    if (std::find(addresses.begin(), addresses.end(), text.data()) == addresses.end()) {
      addresses.emplace_back(text.data());
    }
  }
  return addresses;
}

}  // namespace

std::vector<std::string> resolve(const std::string& host, Deadline deadline) {
  try {
    return look_up(host, AI_NUMERICHOST);
  } catch (const Error&) {
    // A name, then.
  }
  // The system's resolver has no deadline; it is left behind when it takes too long.
  std::packaged_task<std::vector<std::string>()> task([host] { return look_up(host, 0); });
  auto result = task.get_future();
  std::thread(std::move(task)).detach();
  if (result.wait_until(deadline) != std::future_status::ready) {
    throw Error(ErrorKind::kTimeout, host + ": can't resolve the host in time");
  }
  return result.get();
}

}  // namespace tls
