#include "rotate/way_in.h"

#include <thread>

#include "base/error.h"

namespace rotate {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::chrono::milliseconds kLook{100};

}  // namespace

redis::Connection connect_as_client(WayIn& way, const std::vector<std::string>& known_leaves,
                                    const base::Clock& clock) {
  redis::ConnectOptions& options = way.clients;
  if (options.endpoint.channel != redis::Endpoint::Channel::kTls) {
    throw Error(ErrorKind::kUsage,
                options.endpoint.to_string() +
                    ": a rotation is proved over TLS; name the server's TLS port, and this "
                    "one with --admin");
  }
  options.known_leaves = known_leaves;
  return redis::Connection::open(options, clock);
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
