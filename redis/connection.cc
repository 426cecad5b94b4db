#include "redis/connection.h"

#include <array>

#include "base/error.h"
#include "resp/decoder.h"
#include "resp/encoder.h"

namespace redis {
namespace {

using base::Error;
using base::ErrorKind;
using Channel = Endpoint::Channel;

constexpr size_t kLargestReply = size_t{16} << 20;

tls::Socket connect(const Endpoint& endpoint, tls::Deadline deadline) {
  if (endpoint.channel == Channel::kUnix) return tls::Socket::connect(endpoint.unix_path, deadline);
  return tls::Socket::connect(endpoint.address, deadline);
}

}  // namespace

tls::ClientOptions client_options(const ConnectOptions& options) {
  tls::ClientOptions result;
  result.roots = options.roots;
  result.credentials = options.client;
  result.known_leaves = options.known_leaves;
  result.only_protocol = options.only_protocol;
  result.host = options.server_name.empty() ? options.endpoint.address.host : options.server_name;
  if (!options.verifies_host) result.host.clear();
  return result;
}

Connection Connection::open(const ConnectOptions& options, const base::Clock& clock) {
  const auto deadline = tls::deadline_in(options.timeout);
  const std::string name = options.endpoint.to_string();
  tls::Socket socket = connect(options.endpoint, deadline);
  std::unique_ptr<tls::Stream> stream;
  const tls::TlsStream* tls_stream = nullptr;
  if (options.endpoint.channel == Channel::kTls) {
    auto made = std::make_unique<tls::TlsStream>(
        std::move(socket), tls::Context::for_client(client_options(options), clock), deadline);
    tls_stream = made.get();
    stream = std::move(made);
  } else {
    stream = std::make_unique<tls::PlainStream>(std::move(socket));
  }
  Connection connection(std::move(stream), tls_stream, name, options.timeout);
  if (!options.password.empty()) {
    const std::string user = options.user.empty() ? "default" : options.user;
    const auto reply = connection.command({"AUTH", user, options.password.bytes()});
    // Such a server lets everybody in: one Sentinel of a fleet whose servers want a password.
    const bool needs_none = reply.text.find("without any password configured") != std::string::npos;
    if (reply.is_error() && !needs_none) throw Error(ErrorKind::kRefused, name + ": " + reply.text);
  }
  return connection;
}

resp::Value Connection::command(const std::vector<std::string_view>& words) {
  const auto deadline = tls::deadline_in(timeout_);
  std::string request;
  resp::append_command(request, words);
  stream_->write(request, deadline);
  base::wipe(request);  // it may hold a password

  resp::Decoder decoder({.bulk = kLargestReply});
  while (true) {
    const auto status = decoder.decode(received_);
    if (status == resp::Decoder::Status::kComplete) {
      resp::Value value = resp::to_value(decoder.nodes(), received_);
      received_.erase(0, decoder.consumed());
      return value;
    }
    if (status == resp::Decoder::Status::kInvalid || received_.size() > kLargestReply) {
      throw Error(ErrorKind::kInvalid, name_ + ": answers, but not as a Redis server does");
    }
    std::array<char, 16 * 1024> buffer;
    const size_t count = stream_->read(buffer.data(), buffer.size(), deadline);
    if (count == 0) throw Error(ErrorKind::kUnreachable, name_ + ": closed the connection");
    received_.append(buffer.data(), count);
  }
}

resp::Value Connection::require(const std::vector<std::string_view>& words) {
  resp::Value value = command(words);
  if (value.is_error()) throw Error(ErrorKind::kRefused, name_ + ": " + value.text);
  return value;
}

const tls::HandshakeResult* Connection::handshake() const {
  return tls_ != nullptr ? &tls_->handshake() : nullptr;
}

}  // namespace redis
