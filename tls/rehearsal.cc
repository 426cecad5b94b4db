#include "tls/rehearsal.h"

#include "base/error.h"
#include "tls/session.h"

namespace tls {
namespace {

using Status = Session::Status;

// Hands over what one side has said to the other; false when there is nothing or a side has failed.
bool advance(Session& from, Session& to) {
  std::string bytes;
  bytes.swap(from.output());
  to.feed(bytes);
  const Status status = to.handshake();
  to.settle();
  return !bytes.empty() && status != Status::kFailed;
}

}  // namespace

void rehearse_handshake(const Credentials& credentials, ServerOptions options, const base::Clock& clock) {
  options.client_auth = ClientAuth::kNo;
  Session server(Context::for_server(credentials, options));
  ClientOptions client_options;
  client_options.require_trust = false;
  Session client(Context::for_client(client_options, clock));

  client.handshake();
  while (advance(client, server) && advance(server, client)) {
  }
  const auto result = client.result();
  if (!client.is_established() || !server.is_established() || result.chain.empty() ||
      result.chain.front() != credentials.leaf()) {
    const std::string& reason = server.error().empty() ? client.error() : server.error();
    throw base::Error(base::ErrorKind::kInvalid, "no client could handshake with it: " + reason);
  }
}

}  // namespace tls
