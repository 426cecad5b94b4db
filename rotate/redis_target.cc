#include "rotate/redis_target.h"

#include "base/error.h"

namespace rotate {

using base::Error;
using base::ErrorKind;

RedisTarget::RedisTarget(redis::ConnectOptions options, const base::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      address_(options_.endpoint.to_string()),
      host_(redis::client_options(options_).host),
      connection_(redis::Connection::open(options_, clock)),
      paths_(redis::get_certificate_paths(connection_)) {
  const auto* handshake = connection_.handshake();
  if (handshake == nullptr) {
    throw Error(ErrorKind::kUsage, address_ + ": a rotation is proved over TLS; name the server's TLS port");
  }
  served_ = handshake->chain.front();
}

void RedisTarget::reload(const redis::CertificatePaths& paths) {
  redis::set_certificate_paths(connection_, paths);
}

void RedisTarget::persist() {
  const resp::Value reply = connection_.command({"CONFIG", "REWRITE"});
  const bool has_no_file = reply.is_error() && reply.text.find("without a config file") != std::string::npos;
  if (reply.is_error() && !has_no_file) throw Error(ErrorKind::kRefused, address_ + ": " + reply.text);
}

void RedisTarget::prove(const pki::Certificate& leaf) {
  redis::Connection connection = redis::Connection::open(options_, clock_);
  const auto& handshake = *connection.handshake();
  if (handshake.resumed)
    throw Error(ErrorKind::kInternal, address_ + ": the session was resumed, which proves nothing");
  if (handshake.chain.front() != leaf) {
    throw Error(ErrorKind::kRefused, address_ + ": serves the certificate " +
                                         handshake.chain.front().sha256() + " instead of " + leaf.sha256());
  }
  connection.require({"PING"});
}

}  // namespace rotate
