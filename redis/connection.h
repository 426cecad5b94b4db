#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "pki/certificate.h"
#include "redis/endpoint.h"
#include "resp/value.h"
#include "tls/client.h"
#include "tls/credentials.h"

namespace redis {

// How to reach a server and who we are there.
struct ConnectOptions {
  Endpoint endpoint;
  std::string user;                           // for AUTH; empty for the default user
  base::Secret password;                      // empty for none
  std::vector<pki::Certificate> roots;        // what the server is verified with
  std::optional<tls::Credentials> client;     // for mTLS
  std::string server_name;                    // to verify instead of the endpoint's host
  bool verifies_host = true;                  // false: any certificate of the roots will do
  std::string only_protocol;                  // as tls::ClientOptions has it
  std::vector<std::string> known_leaves;      // trusted even when they have expired: tls::ClientOptions
  std::chrono::milliseconds timeout{10'000};  // for connecting, and for each command

  ConnectOptions copy() const {
    return {endpoint,    user,          password.copy(), roots,        client,
            server_name, verifies_host, only_protocol,   known_leaves, timeout};
  }
};

// A client's connection. Belongs to one thread. All throw Error: kUnreachable, kTimeout, kRefused (the
// certificate doesn't verify, the server rejects us), kInvalid (what answers is no Redis).
class Connection {
 public:
  // Connects, handshakes (always in full, never resumed) and authenticates.
  static Connection open(const ConnectOptions& options, const base::Clock& clock);

  // The reply, which may be an error value.
  resp::Value command(const std::vector<std::string_view>& words);

  // Throws Error(kRefused) with the server's words when the reply is an error.
  resp::Value require(const std::vector<std::string_view>& words);

  // What the handshake showed; null without TLS.
  const tls::HandshakeResult* handshake() const;

  // For who sends and reads by himself from here on.
  tls::Stream& stream() { return *stream_; }

  const std::string& name() const { return name_; }

 private:
  Connection(std::unique_ptr<tls::Stream> stream, const tls::TlsStream* tls, std::string name,
             std::chrono::milliseconds timeout)
      : stream_(std::move(stream)), tls_(tls), name_(std::move(name)), timeout_(timeout) {}

  std::unique_ptr<tls::Stream> stream_;
  const tls::TlsStream* tls_;  // stream_, when it is one
  std::string name_;
  std::chrono::milliseconds timeout_;
  std::string received_;
};

// The options of the client side of TLS that follow from these.
tls::ClientOptions client_options(const ConnectOptions& options);

}  // namespace redis
