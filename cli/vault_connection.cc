#include "cli/vault_connection.h"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string_view>
#include <thread>

#include "base/duration.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret_source.h"
#include "cli/version.h"
#include "vault/vault_issuer.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kExchange{60};  // as Vault's own tools
constexpr int kRetries = 2;
constexpr int kMostRetries = 20;
constexpr const char* kPodToken = "file:/var/run/secrets/kubernetes.io/serviceaccount/token";

const std::vector<std::string> kConnectionKeys = {
    "vault-addr",        "vault-namespace",   "vault-cacert",     "vault-capath",
    "vault-server-name", "vault-client-cert", "vault-client-key", "vault-timeout",
    "vault-retries",     "vault-auth",        "vault-auth-mount", "vault-auth-role",
    "vault-token",       "vault-role-id",     "vault-secret-id",  "vault-jwt"};

// Vault's own variable is in seconds when it has no unit.
milliseconds timeout_of(const std::string& text) {
  if (text.empty()) return kExchange;
  const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
  return base::parse_duration(is_number ? text + "s" : text);
}

int retries_of(const std::string& text) {
  if (text.empty()) return kRetries;
  int retries = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), retries);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (is_number && retries >= 0 && retries <= kMostRetries) return retries;
  throw Error(ErrorKind::kUsage, "--vault-retries: '" + text + "' is no number from 0 to 20");
}

// As Vault's own tools find it: the environment, then the file that 'vault login' writes.
base::Secret usual_token() {
  if (const std::string token = vault_variable("TOKEN"); !token.empty()) return base::Secret(token);
  const char* user = std::getenv("HOME");
  const std::filesystem::path file = std::filesystem::path(user == nullptr ? "" : user) / ".vault-token";
  if (user == nullptr || !std::filesystem::exists(file)) {
    throw Error(ErrorKind::kUsage,
                "Vault wants a token: say --vault-token SOURCE, or another way to log in with --vault-auth");
  }
  return base::read_secret("file:" + file.native(), "");
}

std::string source_of(vault::AuthMethod method, const IssuerSettings& settings) {
  switch (method) {
    case vault::AuthMethod::kToken:
      return settings["vault-token"];
    case vault::AuthMethod::kAppRole:
      return settings["vault-secret-id"];
    case vault::AuthMethod::kKubernetes:
      return settings["vault-jwt"].empty() ? kPodToken : settings["vault-jwt"];
    case vault::AuthMethod::kJwt:
      return settings["vault-jwt"];
    case vault::AuthMethod::kCertificate:
      return "";
  }
  return "";
}

// What becomes a part of a URL's path; slashes are for mounts.
std::string path_part(const IssuerSettings& settings, const std::string& option) {
  const std::string value = settings[option];
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~@+/";
  const bool is_plain = value.find_first_not_of(kPlain) == std::string::npos &&
                        value.find("..") == std::string::npos && !value.starts_with('/') &&
                        !value.ends_with('/') &&
                        (option.ends_with("mount") || value.find('/') == std::string::npos);
  if (is_plain) return value;
  throw Error(ErrorKind::kUsage, "--" + option + ": '" + value + "' is no name of Vault's");
}

vault::Login login_of(const IssuerSettings& settings) {
  const std::string method = settings["vault-auth"];
  vault::Login login;
  login.method = vault::parse_auth_method(method.empty() ? "token" : method);
  login.mount = path_part(settings, "vault-auth-mount");
  login.role = settings["vault-auth-role"];
  login.role_id = settings["vault-role-id"];
  const std::string source = source_of(login.method, settings);
  const auto require = [&](bool holds, const std::string& option) {
    if (!holds) throw Error(ErrorKind::kUsage, "--vault-auth " + method + " needs " + option);
  };
  switch (login.method) {
    case vault::AuthMethod::kToken:
      if (source.empty()) login.secret = usual_token;
      break;
    case vault::AuthMethod::kAppRole:
      require(!login.role_id.empty(), "--vault-role-id");
      require(!source.empty(), "--vault-secret-id SOURCE");
      break;
    case vault::AuthMethod::kKubernetes:
      require(!login.role.empty(), "--vault-auth-role");
      break;
    case vault::AuthMethod::kJwt:
      require(!source.empty(), "--vault-jwt SOURCE");
      break;
    case vault::AuthMethod::kCertificate:
      require(!settings["vault-client-cert"].empty(), "--vault-client-cert and --vault-client-key");
      break;
  }
  if (!source.empty()) {
    base::require_secret_source(source);
    login.secret = [source] { return base::read_secret(source, "Vault secret"); };
  }
  return login;
}

vault::Way way_of(const IssuerSettings& settings) {
  if (settings.is_true("vault-generate-key")) return vault::Way::kIssue;
  return settings.is_true("vault-sign-verbatim") ? vault::Way::kVerbatim : vault::Way::kSign;
}

}  // namespace

void SleepingPatience::wait(milliseconds time, const std::string&) { std::this_thread::sleep_for(time); }

std::vector<std::string> vault_addresses(const IssuerSettings& settings) {
  std::vector<std::string> addresses;
  std::string list = settings["vault-addr"];
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string address = list.substr(0, comma);
    if (!address.starts_with("https://") && !address.starts_with("http://")) {
      throw Error(ErrorKind::kUsage, "--vault-addr: '" + address + "' is no URL; say https://HOST:8200");
    }
    addresses.push_back(address);
    list.erase(0, comma + 1);
  }
  if (addresses.empty()) {
    throw Error(
        ErrorKind::kUsage,
        "which Vault? name it with --vault-addr URL, in VAULT_ADDR, or as vault-addr in [vault] of the "
        "settings");
  }
  return addresses;
}

http::Options vault_http_options(const IssuerSettings& settings) {
  http::Options options;
  options.ca = settings["vault-cacert"];
  options.ca_directory = settings["vault-capath"];
  options.certificate = settings["vault-client-cert"];
  options.key = settings["vault-client-key"];
  options.timeout = timeout_of(settings["vault-timeout"]);
  options.user_agent = std::string("redis-pki/") + kVersion;
  options.server_name = settings["vault-server-name"];
  if (options.certificate.empty() != options.key.empty()) {
    throw Error(ErrorKind::kUsage, "--vault-client-cert and --vault-client-key belong together");
  }
  return options;
}

vault::EngineOptions vault_engine(const IssuerSettings& settings) {
  const std::string mount = path_part(settings, "vault-mount");
  return {mount.empty() ? "pki" : mount, path_part(settings, "vault-role"),
          path_part(settings, "vault-issuer")};
}

std::string vault_connection_key(const IssuerSettings& settings) {
  std::string key;
  for (const std::string& option : kConnectionKeys) key += settings[option] + "\n";
  return key;
}

VaultConnection::VaultConnection(const IssuerSettings& settings, const Environment& environment)
    : http_(vault_http_options(settings)),
      session_(vault::Client(http_,
                             {vault_addresses(settings), settings["vault-namespace"],
                              retries_of(settings["vault-retries"])},
                             patience_),
               login_of(settings), environment.context.clock) {
  if (const std::string skips = vault_variable("SKIP_VERIFY");
      !skips.empty() && skips != "0" && skips != "false") {
    environment.context.err
        << "redis-pki: warning: VAULT_SKIP_VERIFY is not followed: Vault's certificate is always "
           "verified; name its CA with --vault-cacert\n";
  }
}

std::unique_ptr<pki::Issuer> make_vault_issuer(const IssuerSettings& settings, VaultConnection& connection,
                                               const Environment& environment) {
  vault::IssuerOptions options;
  options.way = way_of(settings);
  options.engine = vault_engine(settings);
  if (options.engine.role.empty() && options.way != vault::Way::kVerbatim) {
    throw Error(ErrorKind::kUsage, "which role of Vault's PKI engine? name it with --vault-role");
  }
  if (const std::string trust = settings["trust"]; !trust.empty()) {
    options.roots = pki::parse_certificates(base::read_file(trust), trust);
  }
  options.warn = [&environment](const std::string& warning) {
    environment.context.err << "redis-pki: warning: " << warning << std::endl;
  };
  return std::make_unique<vault::VaultIssuer>(connection.session(), std::move(options),
                                              environment.context.clock);
}

}  // namespace cli
