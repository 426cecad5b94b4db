#pragma once

#include <string>
#include <vector>

#include "base/patience.h"
#include "base/secret.h"
#include "http/client.h"
#include "vault/messages.h"

namespace vault {

struct ClientOptions {
  std::vector<std::string> addresses;  // of one cluster, tried in this order
  std::string name_space;              // empty for the root's
  int retries = 2;                     // of what may be repeated; VAULT_MAX_RETRIES
};

struct Call {
  std::string method = "GET";
  std::string path;  // behind /v1/
  std::string body;  // JSON
  // Whether carrying it out twice does harm: then it is repeated only when it can't have been carried out.
  bool is_repeatable = true;
  bool believes_denial = false;  // asks only once, though a 403 may pass
};

// Requests to a cluster of Vault or OpenBao servers: the address that works, redirects of standbys, repeats
// with back-off, and nothing of a token in a message.
class Client {
 public:
  Client(http::Client& http, ClientOptions options, base::Patience& patience)
      : http_(http), options_(std::move(options)), patience_(patience) {}

  // The body of a success (200, 204). `token` may be empty. Throws Refusal for an error of Vault's, Error for
  // all else.
  std::string exchange(const Call& call, std::string_view token);

  // The address that answered last.
  const std::string& address() const { return options_.addresses[preferred_]; }

 private:
  enum class Verdict { kAnswer, kAgain, kElsewhere };

  http::Response ask(const std::string& address, const Call& call, std::string_view token);
  http::Response round(const Call& call, std::string_view token, bool& is_final);
  static Verdict judge(const http::Response& answer, const Call& call);

  http::Client& http_;
  ClientOptions options_;
  base::Patience& patience_;
  size_t preferred_ = 0;
};

// What one server says of itself, whatever its state; without a token. Throws Error.
Health ask_health(http::Client& http, const std::string& address);

}  // namespace vault
