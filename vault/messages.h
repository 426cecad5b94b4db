#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

// What Vault and OpenBao answer (HTTP API, https://openbao.org/api-docs/). All of it is foreign: sizes are
// bounded, and what is of the wrong type counts as absent. Functions throw Error(kInvalid) for what can't be
// understood.
namespace vault {

// An answer with an error status, where it matters which.
struct Refusal {
  int status = 0;
  std::vector<std::string> errors;  // in Vault's words; may be empty

  std::string to_string() const;  // "permission denied (HTTP 403)"
};

Refusal parse_refusal(int status, std::string_view body);

// What Vault did otherwise than it was asked to; empty when there is nothing.
std::vector<std::string> parse_warnings(std::string_view body);

// What a login gives.
struct Token {
  base::Secret value;
  std::chrono::seconds lease{};  // zero for one without an end
  bool is_renewable = false;
};

Token parse_token(std::string_view body);

// What pki/sign, sign-verbatim and issue give; certificates in PEM.
struct SignedCertificate {
  std::string certificate;
  std::string issuing_ca;
  std::vector<std::string> ca_chain;  // absent for a bare root
  base::Secret private_key;           // of issue only
};

SignedCertificate parse_signed_certificate(std::string_view body);

// What a role allows, as far as we ask. What it doesn't say is allowed.
struct Role {
  std::string key_type;  // "ec", "rsa", "ed25519", "any"; empty when it isn't said
  int key_bits = 0;      // zero for the type's usual
  bool is_for_servers = true;
  bool is_for_clients = true;
  bool allows_ip_addresses = true;
  bool takes_names_of_request = true;        // use_csr_sans
  bool takes_common_name_of_request = true;  // use_csr_common_name
  bool allows_uris = true;                   // allowed_uri_sans names some
};

Role parse_role(std::string_view body);

// sys/health.
struct Health {
  bool is_initialized = false;
  bool is_sealed = true;
  bool is_standby = false;
  std::string version;
  std::optional<base::Time> server_time;
};

Health parse_health(std::string_view body);

// The PEM chain of pki/cert/ca_chain, or of an issuer's JSON.
std::string parse_ca_chain(std::string_view body);

// When pki/revoke revoked it; nothing when it doesn't say.
std::optional<base::Time> parse_revocation_time(std::string_view body);

}  // namespace vault
