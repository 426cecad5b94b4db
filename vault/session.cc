#include "vault/session.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace vault {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

struct Method {
  AuthMethod method;
  const char* name;
};

constexpr Method kMethods[] = {{AuthMethod::kToken, "token"},
                               {AuthMethod::kAppRole, "approle"},
                               {AuthMethod::kKubernetes, "kubernetes"},
                               {AuthMethod::kJwt, "jwt"},
                               {AuthMethod::kCertificate, "cert"}};

std::string name_of(AuthMethod method) {
  for (const Method& known : kMethods) {
    if (known.method == method) return known.name;
  }
  return "";
}

// Of all that tokens, secret ids and JWTs are made of, nothing needs to be escaped in JSON or in a header.
void require_plain(const base::Secret& secret, const std::string& what) {
  const bool is_plain = std::all_of(secret.bytes().begin(), secret.bytes().end(),
                                    [](char c) { return c > ' ' && c < 127 && c != '"' && c != '\\'; });
  if (secret.empty() || !is_plain) {
    throw Error(ErrorKind::kInvalid, "what was given as Vault's " + what + " is none: it is empty, or has " +
                                         "characters that none has");
  }
}

std::string member(const std::string& key, const std::string& value) {
  return value.empty() ? "" : json(key).dump() + ":" + json(value).dump();
}

std::string secret_name(AuthMethod method) {
  switch (method) {
    case AuthMethod::kToken:
      return "token";
    case AuthMethod::kAppRole:
      return "secret_id";
    case AuthMethod::kKubernetes:
    case AuthMethod::kJwt:
      return "jwt";
    case AuthMethod::kCertificate:
      return "";
  }
  return "";
}

// What a login says, as JSON.
base::Secret login_body(const Login& login) {
  std::string open;
  if (login.method == AuthMethod::kAppRole) {
    open = member("role_id", login.role_id);
  } else {
    open = member(login.method == AuthMethod::kCertificate ? "name" : "role", login.role);
  }
  base::Secret body("{" + open);
  if (const std::string name = secret_name(login.method); !name.empty()) {
    const base::Secret secret = login.secret();
    require_plain(secret, name);
    body.append((open.empty() ? "\"" : ",\"") + name + "\":\"");
    body.append(secret.bytes());
    body.append("\"");
  }
  body.append("}");
  return body;
}

std::string remedy_of(AuthMethod method, int status) {
  if (status == 503) return "; it is sealed: 'vault operator unseal'";
  if (status == 404) return "; name the mount with --vault-auth-mount";
  switch (method) {
    case AuthMethod::kToken:
      return "";
    case AuthMethod::kAppRole:
      return "; see that role id, secret id (its uses and its life), mount and namespace are right";
    case AuthMethod::kKubernetes:
    case AuthMethod::kJwt:
      return "; see that role, mount and namespace are right, and that the JWT has not expired";
    case AuthMethod::kCertificate:
      return "; see that a role takes this client certificate, and that mount and namespace are right";
  }
  return "";
}

}  // namespace

AuthMethod parse_auth_method(const std::string& text) {
  std::string known;
  for (const Method& method : kMethods) {
    if (method.name == text) return method.method;
    known += (known.empty() ? "" : ", ") + std::string(method.name);
  }
  throw Error(ErrorKind::kUsage, "--vault-auth: '" + text + "' is not there; there are " + known);
}

Session::~Session() {
  if (!is_ours() || !token_) return;
  try {
    client_.exchange({"POST", "auth/token/revoke-self", "{}", false}, token_->value.bytes());
  } catch (const Refusal&) {
    // A batch token can't be revoked; it runs out.
  } catch (const Error&) {
    // It runs out.
  }
}

void Session::keep(Token token) {
  token_ = std::move(token);
  ends_ = clock_.now() + token_->lease;
}

void Session::log_in() {
  token_.reset();
  if (!is_ours()) {
    Token token{login_.secret(), {}, false};
    require_plain(token.value, "token");
    keep(std::move(token));
    return;
  }
  const base::Secret body = login_body(login_);
  const std::string mount = login_.mount.empty() ? name_of(login_.method) : login_.mount;
  Call call{"POST", "auth/" + mount + "/login", std::string(body.bytes()), true};
  try {
    const base::Secret answer(client_.exchange(call, {}));
    base::wipe(call.body);
    keep(parse_token(answer.bytes()));
  } catch (const Refusal& refusal) {
    base::wipe(call.body);
    throw Error(ErrorKind::kRefused, "Vault refuses the login at auth/" + mount + ": " + refusal.to_string() +
                                         remedy_of(login_.method, refusal.status));
  }
}

// A tenth of its life is left, which is enough for a request and its repeats.
bool Session::is_ending() const {
  return is_ours() && token_->lease.count() > 0 && clock_.now() >= ends_ - token_->lease / 10;
}

void Session::ensure_token() {
  if (!token_) return log_in();
  if (!is_ending()) return;
  if (token_->is_renewable && clock_.now() < ends_) {
    try {
      keep(parse_token(
          client_.exchange({"POST", "auth/token/renew-self", "{}", true}, token_->value.bytes())));
      if (!is_ending()) return;  // it isn't at the end of what its role allows
    } catch (const Refusal&) {
      // Then there is another one.
    }
  }
  log_in();
}

// Whether the token is none any more; what was denied was denied for that.
bool Session::has_lost_token() {
  if (!is_ours()) return false;
  try {
    client_.exchange({"GET", "auth/token/lookup-self", "", true}, token_->value.bytes());
    return false;
  } catch (const Refusal& refusal) {
    return refusal.status == 403;
  }
}

std::string Session::exchange(const Call& call) {
  ensure_token();
  try {
    return client_.exchange(call, token_->value.bytes());
  } catch (const Refusal& refusal) {
    if (refusal.status != 403 || call.believes_denial || !has_lost_token()) throw;
  }
  log_in();
  return client_.exchange(call, token_->value.bytes());
}

}  // namespace vault
