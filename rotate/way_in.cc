#include "rotate/way_in.h"

#include <thread>
#include <utility>

#include "base/error.h"
#include "tls/client.h"

namespace rotate {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::chrono::milliseconds kLook{100};

void require_tls(const redis::ConnectOptions& options) {
  if (options.endpoint.channel == redis::Endpoint::Channel::kTls) return;
  throw Error(ErrorKind::kUsage, options.endpoint.to_string() +
                                     ": a rotation is proved over TLS; name the server's TLS port, and this "
                                     "one with --admin");
}

// What the server answers, whatever it is, comes after its verdict on the certificate. Empty when it let us
// in.
std::string refusal_of(const tls::Credentials& client, WayIn& way, const base::Clock& clock) {
  auto own = std::exchange(way.clients.client, client);
  auto password = std::exchange(way.clients.password, base::Secret());
  std::string refusal;
  try {
    connect_as_client(way, way.known_leaves, clock).command({"PING"});
  } catch (const Error& error) {
    refusal = error.what();
  }
  way.clients.client = std::move(own);
  way.clients.password = std::move(password);
  return refusal;
}

}  // namespace

void prove_trust(WayIn& way, const TrustChange& change, bool verifies_clients, const base::Clock& clock) {
  const std::string name = way.clients.endpoint.to_string();
  for (const tls::Credentials& client : change.accepted) {
    const std::string refusal = refusal_of(client, way, clock);
    if (refusal.empty()) continue;
    throw Error(ErrorKind::kRefused, name + ": does not let in a client of " + client.leaf().issuer() + " (" +
                                         refusal + "); it must read " + change.client_roots.native() +
                                         ", or a copy of it, as its tls-ca-cert-file");
  }
  if (!verifies_clients) return;
  for (const tls::Credentials& client : change.refused) {
    if (!refusal_of(client, way, clock).empty()) continue;
    throw Error(ErrorKind::kRefused, name + ": still lets in a client of " + client.leaf().issuer() +
                                         "; is that CA in its tls-ca-cert-file or tls-ca-cert-dir?");
  }
}

redis::Connection connect_as_client(WayIn& way, const std::vector<std::string>& known_leaves,
                                    const base::Clock& clock) {
  redis::ConnectOptions& options = way.clients;
  require_tls(options);
  options.known_leaves = known_leaves;
  return redis::Connection::open(options, clock);
}

pki::Certificate observe_served(const WayIn& way, const base::Clock& clock) {
  require_tls(way.clients);
  const auto deadline = tls::deadline_in(way.clients.timeout);
  auto options = redis::client_options(way.clients);
  options.known_leaves = way.known_leaves;
  const auto seen = tls::observe_handshake(tls::Socket::connect(way.clients.endpoint.address, deadline),
                                           tls::Context::for_client(options, clock), deadline);
  if (!pki::has_errors(seen.verification)) return seen.chain.front();
  throw Error(ErrorKind::kRefused,
              way.clients.endpoint.to_string() + ": " + pki::describe_errors(seen.verification));
}

redis::Connection prove_served(WayIn& way, const Proof& proof, const base::Clock& clock) {
  redis::Connection connection = connect_as_client(
      way, proof.may_be_expired ? std::vector<std::string>{proof.leaf} : std::vector<std::string>{}, clock);
  const auto& handshake = *connection.handshake();
  const std::string& name = connection.name();
  if (handshake.resumed)
    throw Error(ErrorKind::kInternal, name + ": the session was resumed, which proves nothing");
  const std::string leaf = handshake.chain.front().sha256();
  if (leaf != proof.leaf) {
    throw Error(ErrorKind::kRefused, name + ": serves the certificate " + leaf + " instead of " + proof.leaf);
  }
  connection.require({"PING"});
  return connection;
}

void wait_for_no_trouble(const std::string& address, std::chrono::milliseconds time,
                         const std::function<std::string()>& trouble) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    const std::string found = trouble();
    if (found.empty()) return;
    if (std::chrono::steady_clock::now() >= end) throw Error(ErrorKind::kRefused, address + ": " + found);
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace rotate
