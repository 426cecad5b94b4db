#include "pki/name_constraints.h"

#include <charconv>

#include "base/error.h"
#include "pki/subject_alt_name.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

IpRange parse_range(const std::string& text) {
  const size_t slash = text.find('/');
  const auto address = ip_bytes(text.substr(0, slash));
  size_t bits = address.size() * 8;
  bool ok = !address.empty();
  if (slash != std::string::npos) {
    const std::string_view digits = std::string_view(text).substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    ok = ok && error == std::errc{} && end == digits.data() + digits.size() && bits <= address.size() * 8;
  }
  if (!ok)
    throw Error(ErrorKind::kUsage,
                "--permit-ip: '" + text + "' is no block of addresses; write it like 10.0.0.0/8");
  IpRange range{address, std::vector<uint8_t>(address.size(), 0)};
  for (size_t bit = 0; bit < bits; ++bit) {
    range.mask[bit / 8] = static_cast<uint8_t>(range.mask[bit / 8] | (0x80 >> (bit % 8)));
  }
  for (size_t i = 0; i < address.size(); ++i)
    range.address[i] = static_cast<uint8_t>(address[i] & range.mask[i]);
  return range;
}

}  // namespace

NameConstraints parse_name_constraints(const std::vector<std::string>& dns,
                                       const std::vector<std::string>& ip) {
  NameConstraints constraints;
  for (const std::string& name : dns) {
    const auto parsed = parse_subject_alt_name("dns:" + name);
    if (parsed.value.starts_with("*.")) {
      throw Error(ErrorKind::kUsage,
                  "--permit-dns: '" + name + "' has a wildcard; a domain permits all below it by itself");
    }
    constraints.dns.push_back(parsed.value);
  }
  for (const std::string& block : ip) constraints.ip.push_back(parse_range(block));
  return constraints;
}

}  // namespace pki
