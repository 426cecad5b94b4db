#pragma once

#include <string_view>
#include <vector>

#include "redis/connection.h"
#include "redis/server_info.h"
#include "redis/tls_settings.h"
#include "tls/address.h"

namespace redis {

// The other servers that this one knows of and takes for alive, as clients reach them over TLS: the nodes of
// its cluster; its master and its replicas; for a Sentinel, those that it watches, and the other Sentinels.
// Throws Error(kRefused) when it doesn't tell their TLS ports, because it talks to them without TLS.
std::vector<tls::HostPort> get_peers(Connection& connection, const ServerInfo& server,
                                     const TlsSettings& settings);

// The nodes of CLUSTER NODES that are there, without the one that answers. An unreadable line is left out.
std::vector<tls::HostPort> parse_cluster_nodes(std::string_view text);

// How its links to the others are.
struct Links {
  bool to_master = false;         // a replica's
  size_t replicas = 0;            // of its own that are online
  bool cluster = false;           // cluster_state is ok
  size_t failing_nodes = 0;       // of the cluster, as this one sees it
  size_t unquorate_masters = 0;   // of a Sentinel: those that it does not reach, or could not fail over
  size_t missing_colleagues = 0;  // of a Sentinel: other Sentinels that it does not reach
};

// What the server doesn't allow to be asked counts as not there.
Links get_links(Connection& connection, const ServerInfo& server);

// What is worse than before, in words; empty when nothing is.
std::string describe_loss(const Links& before, const Links& now);

}  // namespace redis
