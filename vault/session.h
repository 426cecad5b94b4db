#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "vault/client.h"

namespace vault {

enum class AuthMethod { kToken, kAppRole, kKubernetes, kJwt, kCertificate };

// "token", "approle", "kubernetes", "jwt", "cert". Throws Error(kUsage) with those that there are.
AuthMethod parse_auth_method(const std::string& text);

// How to log in. The secret is the token, the secret id of AppRole, or the JWT, and is read when it is
// needed.
struct Login {
  AuthMethod method = AuthMethod::kToken;
  std::string mount;                     // empty for the method's own name
  std::string role;                      // of kubernetes, jwt and cert
  std::string role_id;                   // of AppRole
  std::function<base::Secret()> secret;  // none for TLS certificates, which the HTTP client shows
};

// What is done at a cluster in one run, with one token. It logs in at the first request, again when the token
// has run out, renews one that is near its end, and at the end revokes what it got by a login.
class Session {
 public:
  Session(Client client, Login login, const base::Clock& clock)
      : client_(std::move(client)), login_(std::move(login)), clock_(clock) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Throws Refusal for an error of Vault's, and Error for all else, such as a login that is refused.
  std::string exchange(const Call& call);

  // Without a token: health, and what a mount shows to everybody.
  std::string exchange_openly(const Call& call) { return client_.exchange(call, {}); }

  const Client& client() const { return client_; }

 private:
  void ensure_token();
  void log_in();
  void keep(Token token);
  bool is_ending() const;
  bool has_lost_token();
  bool is_ours() const { return login_.method != AuthMethod::kToken; }

  Client client_;
  Login login_;
  const base::Clock& clock_;
  std::optional<Token> token_;
  base::Time ends_{};  // of the token, when it has an end
};

}  // namespace vault
