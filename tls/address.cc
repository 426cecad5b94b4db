#include "tls/address.h"

#include <charconv>

namespace tls {

std::string HostPort::to_string() const {
  const bool ipv6 = host.find(':') != std::string::npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::optional<HostPort> parse_host_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::nullopt;
  }
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (host.empty() || host.find_first_of("/ @") != std::string_view::npos || error != std::errc{} ||
      end != digits.data() + digits.size() || port == 0) {
    return std::nullopt;
  }
  return HostPort{std::string(host), port};
}

bool is_loopback(std::string_view address) { return address == "::1" || address.starts_with("127."); }

}  // namespace tls
