#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "acme/messages.h"

namespace acme {

// What a challenge wants to see (RFC 8555, 8.1).
struct Proof {
  Identifier identifier;  // without "*."
  std::string token;      // made of base64url characters only
  std::string key_authorization;
};

// Shows proofs of one challenge type to the CA.
class Solver {
 public:
  virtual ~Solver() = default;
  virtual std::string_view type() const = 0;  // "http-01"

  // From then on the CA sees it. Throws Error; then there is nothing to withdraw.
  virtual void present(const Proof& proof) = 0;

  // Throws Error when something is left behind.
  virtual void withdraw(const Proof& proof) = 0;
};

// The value of a dns-01 record: base64url of the SHA-256 of the key authorization (RFC 8555, 8.4).
std::string dns_value(const Proof& proof);

// Name of a dns-01 record.
std::string dns_name(const Proof& proof);

}  // namespace acme
