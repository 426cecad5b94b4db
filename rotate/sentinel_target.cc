#include "rotate/sentinel_target.h"

#include "base/error.h"
#include "rotate/node_command.h"

namespace rotate {

using base::Error;

SentinelTarget::SentinelTarget(WayIn way, std::string restart_command, pki::Certificate served,
                               redis::Connection connection, const base::Clock& clock)
    : way_(std::move(way)),
      restart_command_(std::move(restart_command)),
      clock_(clock),
      address_(way_.clients.endpoint.to_string()),
      host_(redis::client_options(way_.clients).host),
      served_(std::move(served)),
      connection_(std::move(connection)),
      server_(redis::get_server_info(connection_)),
      links_(redis::get_links(connection_, server_)) {}

std::vector<std::string> SentinelTarget::peers() {
  std::vector<std::string> addresses;
  for (const auto& peer : redis::get_peers(connection_, server_, settings_)) {
    addresses.push_back(peer.to_string());
  }
  return addresses;
}

std::optional<ProcessUser> SentinelTarget::user() const {
  return user_of_process(server_.process_id, server_.executable);
}

void SentinelTarget::reload(const redis::TlsFiles&) {
  run_node_command(restart_command_, "restart", address_, {});
}

// Whether it verifies clients at all, it doesn't tell.
void SentinelTarget::prove_trust(const TrustChange& change) {
  rotate::prove_trust(way_, change, false, clock_);
}

// It has just been started, so all is asked until it is there again.
void SentinelTarget::prove(const Proof& proof) {
  wait_for_no_trouble(address_, way_.clients.timeout, [&]() -> std::string {
    try {
      connection_ = prove_served(way_, proof, clock_);
      return redis::describe_loss(links_, redis::get_links(connection_, server_));
    } catch (const Error& error) {
      return error.what();
    }
  });
}

}  // namespace rotate
