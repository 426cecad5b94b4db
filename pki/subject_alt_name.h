#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pki {

// One subject alternative name (RFC 5280, 4.2.1.6) of the four kinds that Redis clients and servers meet.
struct SubjectAltName {
  enum class Kind { kDns, kIp, kUri, kEmail };

  Kind kind;
  std::string value;  // IP addresses in their canonical text form, DNS names in lower case

  auto operator<=>(const SubjectAltName&) const = default;
};

// Reads "redis.example.com", "*.example.com", "10.0.0.1", "::1", "[::1]", "uri:spiffe://…", "email:a@b.c",
// "dns:…", "ip:…"; without a prefix the kind is told from the form. Throws Error(kUsage).
SubjectAltName parse_subject_alt_name(std::string_view text);

// The same for a list with commas, in order and without repetitions.
std::vector<SubjectAltName> parse_subject_alt_names(const std::vector<std::string>& texts);

// With the prefix of its kind: "dns:localhost".
std::string to_string(const SubjectAltName& name);

// The 4 or 16 bytes of an IP address, empty when the text is none.
std::vector<uint8_t> ip_bytes(std::string_view text);
std::string ip_text(const uint8_t* bytes, size_t length);

}  // namespace pki
