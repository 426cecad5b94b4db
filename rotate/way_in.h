#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "redis/connection.h"
#include "rotate/reload_target.h"

namespace rotate {

// How a target is reached while it is rotated.
struct WayIn {
  redis::ConnectOptions clients;               // as clients reach it, and it is proved: TLS
  std::optional<redis::ConnectOptions> admin;  // for commands, when that is another channel

  // SHA-256 of the leaves that the lineage ever had: a server that shows one of them is ours though it has
  // expired.
  std::vector<std::string> known_leaves;
};

// Opens the channel of the clients. Throws Error; kUsage when it is not TLS.
redis::Connection connect_as_client(WayIn& way, const std::vector<std::string>& known_leaves,
                                    const base::Clock& clock);

// What it shows to clients, verified, even when it lets us in no more.
pki::Certificate observe_served(const WayIn& way, const base::Clock& clock);

// A new connection with a full handshake that shows this leaf, verified as clients verify it; then PING.
redis::Connection prove_served(WayIn& way, const Proof& proof, const base::Clock& clock);

// Connects as the clients of a change, and throws Error(kRefused) when one is treated otherwise than it must
// be.
void prove_trust(WayIn& way, const TrustChange& change, bool verifies_clients, const base::Clock& clock);

// Looks until there is no trouble, or throws Error(kRefused) with what it was when the time is up.
void wait_for_no_trouble(const std::string& address, std::chrono::milliseconds time,
                         const std::function<std::string()>& trouble);

}  // namespace rotate
