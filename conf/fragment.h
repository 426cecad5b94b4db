#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace conf {

// The TLS part of a redis.conf, for what kind of server.
enum class FragmentKind { kServer, kReplica, kCluster, kSentinel, kSidecar };

// The paths are those that the server's user sees.
struct FragmentOptions {
  std::string title;               // for the comment on top
  std::string certificate, key;    // shown to clients
  std::string roots;               // what clients, and dialled servers, are verified with
  std::string client_certificate;  // shown where the server dials others; empty: the same pair
  std::string client_key;
  std::string auth_clients = "yes";  // tls-auth-clients
  uint16_t port = 0;
  std::string master_host;  // of a replica, or watched by a Sentinel
  uint16_t master_port = 0;
  std::string master_name;  // by which Sentinels know it
  int quorum = 0;
  std::string upstream;      // of a sidecar
  std::string admin_socket;  // of a sidecar
};

// Directives that redis-server from 6.2 on and valkey-server read, or for a sidecar, 'redis-pki serve'; a
// comment above what needs one.
std::string make_fragment(FragmentKind kind, const FragmentOptions& options);

}  // namespace conf
