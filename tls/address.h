#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tls {

struct HostPort {
  std::string host;  // without brackets
  uint16_t port = 0;

  std::string to_string() const;  // "localhost:6380", "[::1]:6380"
};

// Reads "localhost:6380", "10.0.0.1:6380", "[::1]:6380"; nothing when it is not of that form.
std::optional<HostPort> parse_host_port(std::string_view text);

// Whether a numeric address is one of this host alone.
bool is_loopback(std::string_view address);

}  // namespace tls
