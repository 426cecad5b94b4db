#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pki/openssl_ptr.h"

namespace pki {

// A distinguished name as its attributes, most general first: {"O", "Example"}, {"CN", "redis-1"}.
struct DistinguishedName {
  std::vector<std::pair<std::string, std::string>> attributes;

  bool has(std::string_view type) const;
};

// Reads openssl's "/C=US/O=Example/CN=redis-1"; "\/" is a slash within a value. Throws Error(kUsage) on an
// unknown attribute, an empty value, or a value longer than RFC 5280 (appendix A, upper bounds) allows.
DistinguishedName parse_distinguished_name(std::string_view text);

// The attributes of a name, types as OpenSSL abbreviates them, or as dotted numbers where it doesn't know
// them.
DistinguishedName to_distinguished_name(const X509_NAME* name);

// For OpenSSL, values as UTF-8. Throws Error(kUsage) as above.
OpenSslPtr<X509_NAME> to_x509_name(const DistinguishedName& name);

// In words, RFC 2253 escapes, most general first: "O=Example, CN=redis-1".
std::string describe_name(const X509_NAME* name);

}  // namespace pki
