#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pki {

// A block of IP addresses; address and mask have 4 or 16 bytes.
struct IpRange {
  std::vector<uint8_t> address;
  std::vector<uint8_t> mask;
};

// The names that a CA may certify (RFC 5280, 4.2.1.10). Kinds of names that are not permitted are excluded.
struct NameConstraints {
  std::vector<std::string> dns;  // "example.com": itself and all below it
  std::vector<IpRange> ip;

  bool empty() const { return dns.empty() && ip.empty(); }
};

// From the command line: domains, and addresses with a prefix length ("10.0.0.0/8", "::1"). Throws
// Error(kUsage).
NameConstraints parse_name_constraints(const std::vector<std::string>& dns,
                                       const std::vector<std::string>& ip);

}  // namespace pki
