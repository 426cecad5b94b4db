#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "redis/connection.h"
#include "tls/address.h"

namespace redis {

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;

  auto operator<=>(const Version&) const = default;
};

// Reads "7.0.15"; what is missing is 0.
Version parse_version(std::string_view text);

// What a server says of itself. A server that doesn't allow INFO has an empty version, and is taken for a
// recent one.
struct ServerInfo {
  enum class Flavour { kRedis, kValkey, kRedisPki };

  Flavour flavour = Flavour::kRedis;
  Version version;
  bool is_sentinel = false;
  std::string run_id;      // changes with each start; empty when the server has none
  int process_id = 0;      // as the server's own system counts; 0 when unknown
  std::string executable;  // its path there

  bool is_cluster = false;  // a node of one
  bool is_replica = false;
  tls::HostPort master;
  bool master_link_is_up = false;

  std::string name() const;  // "Redis 7.0.15"

  // Redis takes certificate and key in one CONFIG SET since 7.0; before, each is tried alone.
  bool sets_pairs_at_once() const;
  // Redis 7.0.0, and maybe some after it, do nothing for a path that they have already.
  bool rereads_unchanged_paths() const;
};

// The lines "key:value" of INFO and CLUSTER INFO.
std::map<std::string, std::string> parse_info(std::string_view text);

// The lines of INFO, or of one section of it. Throws Error.
std::map<std::string, std::string> get_info(Connection& connection, std::string_view section);

ServerInfo get_server_info(Connection& connection);

}  // namespace redis
