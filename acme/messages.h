#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace acme {

// What the server says (RFC 8555, 7.1). Parsers take foreign bytes: they throw Error(kInvalid) for what isn't
// of the form, and ignore fields, challenge types and states that they don't know where the RFC lets them
// come.

struct Directory {
  std::string new_nonce, new_account, new_order, revoke_certificate, key_change;
  std::string renewal_info;  // RFC 9773; empty when it isn't offered
  std::string terms_of_service;
  bool needs_external_account = false;
  std::vector<std::string> profiles;
};

struct Identifier {
  std::string type;  // "dns", "ip"
  std::string value;

  bool operator==(const Identifier&) const = default;
};

// A problem document (RFC 7807), with its subproblems.
struct Problem {
  std::string type;  // without "urn:ietf:params:acme:error:"
  std::string detail;
  int status = 0;
  std::vector<std::pair<Identifier, std::string>> subproblems;

  std::string to_string() const;
};

struct Order {
  std::string status;  // pending, ready, processing, valid, invalid
  std::vector<Identifier> identifiers;
  std::vector<std::string> authorizations;
  std::string finalize;
  std::string certificate;  // when it is valid
  std::optional<Problem> error;
};

struct Challenge {
  std::string type;
  std::string url;
  std::string token;
  std::string status;
  std::optional<Problem> error;
};

struct Authorization {
  Identifier identifier;
  bool is_wildcard = false;
  std::string status;  // pending, valid, invalid, deactivated, expired, revoked
  std::vector<Challenge> challenges;
};

// RFC 9773, 4.2.
struct RenewalInfo {
  base::Time start, end;
  std::string explanation_url;
};

Directory parse_directory(std::string_view body);
Order parse_order(std::string_view body);
Authorization parse_authorization(std::string_view body);
RenewalInfo parse_renewal_info(std::string_view body);

// Of an answer with an error status, whatever its body is.
Problem parse_problem(int status, std::string_view body);

// When to come back (RFC 9110, 10.2.3): seconds or a date. Nothing when it is neither; at most a day from
// now.
std::optional<base::Time> parse_retry_after(std::string_view value, base::Time now);

// The URLs of a Link header with this relation (RFC 8288).
std::vector<std::string> parse_links(std::string_view value, std::string_view relation);

// The URLs of an account's list of orders (RFC 8555, 7.1.2.1).
std::vector<std::string> parse_order_list(std::string_view body);

}  // namespace acme
