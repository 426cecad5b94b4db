#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "pki/finding.h"
#include "tls/credentials.h"
#include "tls/ssl_ptr.h"

namespace tls {

enum class ClientAuth { kNo, kOptional, kYes };  // Redis' tls-auth-clients

struct ServerOptions {
  std::vector<pki::Certificate> client_roots;  // what client certificates are verified with
  std::vector<pki::Crl> client_crls;           // empty for no check; an expired one refuses every client
  ClientAuth client_auth = ClientAuth::kYes;
  std::string protocols;     // as in tls-protocols: "TLSv1.2 TLSv1.3"; empty for both
  std::string ciphers;       // TLS 1.2
  std::string ciphersuites;  // TLS 1.3; when both are empty, the server's choice is AES-GCM
  bool session_caching = true;
  long session_cache_size = 20 * 1024;        // TLS 1.2 without tickets; 0 for no limit
  std::chrono::seconds session_timeout{300};  // of sessions and tickets
  bool prefer_server_ciphers = false;
  std::string dh_parameters;  // PEM; empty for those that fit the key
  std::string protocol;       // of ALPN (RFC 7301) that clients must ask for; empty for any and none
  // The pair for the name that a client asks for, instead of the context's; nothing refuses it. Null for
  // none.
  std::function<std::optional<Credentials>(const std::string& server_name)> credentials_for;
};

// The size of Diffie-Hellman parameters, in bits. Throws Error(kInvalid) for a text without any.
int require_dh_parameters(std::string_view pem, const std::string& origin);

struct ClientOptions {
  std::vector<pki::Certificate> roots;     // what the server is verified with
  std::optional<Credentials> credentials;  // for mTLS
  std::string host;                        // the name or address that the server's certificate must be for
  bool require_trust = true;               // false: the handshake goes on, and the findings are recorded
  std::vector<std::string> known_leaves;   // SHA-256; trusted even when they have expired
  std::string only_protocol;  // "TLSv1" to "TLSv1.3", to see what a server takes; empty for 1.2 and newer
  std::string ciphers;        // of TLS 1.2 and older; empty for OpenSSL's
};

// All that sessions of one identity share. Immutable and counted: a session keeps its context alive.
// Session tickets belong to their context, because each has keys of its own.
class Context {
 public:
  // Throw Error(kInvalid) when OpenSSL refuses a part of it.
  static std::shared_ptr<const Context> for_server(const Credentials& credentials,
                                                   const ServerOptions& options);
  static std::shared_ptr<const Context> for_client(const ClientOptions& options, const base::Clock& clock);

  SSL_CTX* handle() const { return context_.get(); }
  bool is_server() const { return is_server_; }
  const ClientOptions& client_options() const { return client_options_; }
  base::Time now() const { return clock_->now(); }

 private:
  Context() = default;
  static int select_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* length,
                             const unsigned char* offered, unsigned size, void* context);
  static int select_credentials(SSL* ssl, void* context);

  SslPtr<SSL_CTX> context_;
  bool is_server_ = false;
  ClientOptions client_options_;
  std::string protocol_;
  std::function<std::optional<Credentials>(const std::string&)> credentials_for_;
  const base::Clock* clock_ = nullptr;
};

}  // namespace tls
