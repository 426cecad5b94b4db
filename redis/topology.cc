#include "redis/topology.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>

#include "base/error.h"

namespace redis {
namespace {

using base::Error;
using base::ErrorKind;
using resp::Value;
using tls::HostPort;

// The part before the separator, which is removed with it.
std::string_view take(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

uint16_t to_port(std::string_view text) {
  uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

bool has(std::string_view flags, std::string_view flag) {
  while (!flags.empty()) {
    if (take(flags, ',') == flag) return true;
  }
  return false;
}

void add(std::vector<HostPort>& peers, std::string_view host, std::string_view port) {
  HostPort peer{std::string(host), to_port(port)};
  if (!peer.host.empty() && peer.host != "?" && peer.port != 0) peers.push_back(std::move(peer));
}

// A line is "<id> <ip:port@cport[,hostname]> <flags> …".
template <typename Action>
void for_each_node(std::string_view text, Action action) {
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    take(line, ' ');
    const std::string_view address = take(line, ' ');
    action(address, take(line, ' '));
  }
}

bool is_there(std::string_view flags) {
  return !has(flags, "fail") && !has(flags, "noaddr") && !has(flags, "handshake");
}

// "ip=10.0.0.2,port=6380,state=online,offset=…"
std::string field_of(std::string_view fields, std::string_view name) {
  while (!fields.empty()) {
    std::string_view value = take(fields, ',');
    if (take(value, '=') == name) return std::string(value);
  }
  return "";
}

template <typename Action>
void for_each_replica(const std::map<std::string, std::string>& replication, Action action) {
  for (const auto& [key, value] : replication) {
    const bool is_replica = key.starts_with("slave") && key.find_first_not_of("0123456789", 5) == key.npos;
    if (is_replica && key.size() > 5 && field_of(value, "state") == "online") action(value);
  }
}

void require_tls_ports(bool is_told, const Connection& connection, const char* directive) {
  if (is_told) return;
  throw Error(ErrorKind::kRefused,
              connection.name() + ": its " + directive +
                  " is no, so it doesn't know the TLS ports of the others; name them with "
                  "--target");
}

std::vector<HostPort> replication_peers(Connection& connection, const ServerInfo& server,
                                        const TlsSettings& settings) {
  std::vector<HostPort> peers;
  if (server.is_replica) peers.push_back(server.master);
  for_each_replica(get_info(connection, "replication"), [&](const std::string& fields) {
    add(peers, field_of(fields, "ip"), field_of(fields, "port"));
  });
  require_tls_ports(settings.replication || peers.empty(), connection, "tls-replication");
  return peers;
}

std::string text_of(const Value& fields, std::string_view name) {
  const Value* value = fields.find(name);
  return value == nullptr ? "" : value->text;
}

// In the eyes of a Sentinel.
bool is_reached(std::string_view flags) { return !has(flags, "s_down") && !has(flags, "disconnected"); }

void add_watched(std::vector<HostPort>& peers, const Value& instances) {
  for (const Value& instance : instances.elements) {
    if (!is_reached(text_of(instance, "flags"))) continue;
    add(peers, text_of(instance, "ip"), text_of(instance, "port"));
  }
}

std::vector<HostPort> sentinel_peers(Connection& connection) {
  std::vector<HostPort> peers;
  const Value masters = connection.require({"SENTINEL", "MASTERS"});
  add_watched(peers, masters);
  for (const Value& master : masters.elements) {
    const std::string name = text_of(master, "name");
    add_watched(peers, connection.require({"SENTINEL", "SLAVES", name}));
    add_watched(peers, connection.require({"SENTINEL", "SENTINELS", name}));
  }
  return peers;
}

Links sentinel_links(Connection& connection) {
  Links links;
  for (const Value& master : connection.require({"SENTINEL", "MASTERS"}).elements) {
    const std::string name = text_of(master, "name");
    const bool is_seen = is_reached(text_of(master, "flags"));
    const bool has_quorum = !connection.command({"SENTINEL", "CKQUORUM", name}).is_error();
    if (!is_seen || !has_quorum) ++links.unquorate_masters;
    for (const Value& other : connection.require({"SENTINEL", "SENTINELS", name}).elements) {
      if (!is_reached(text_of(other, "flags"))) ++links.missing_colleagues;
    }
  }
  return links;
}

}  // namespace

std::vector<HostPort> parse_cluster_nodes(std::string_view text) {
  std::vector<HostPort> nodes;
  for_each_node(text, [&](std::string_view address, std::string_view flags) {
    if (has(flags, "myself") || !is_there(flags)) return;
    std::string_view ports = take(address, ',');
    const std::string_view hostname = take(address, ',');
    const std::string_view ip_and_port = take(ports, '@');
    const size_t colon = ip_and_port.rfind(':');
    if (colon == ip_and_port.npos) return;
    add(nodes, hostname.empty() ? ip_and_port.substr(0, colon) : hostname, ip_and_port.substr(colon + 1));
  });
  return nodes;
}

std::vector<HostPort> get_peers(Connection& connection, const ServerInfo& server,
                                const TlsSettings& settings) {
  if (server.is_sentinel) return sentinel_peers(connection);
  if (server.flavour == ServerInfo::Flavour::kRedisPki) return {};
  if (!server.is_cluster) return replication_peers(connection, server, settings);
  require_tls_ports(settings.cluster, connection, "tls-cluster");
  return parse_cluster_nodes(connection.require({"CLUSTER", "NODES"}).text);
}

Links get_links(Connection& connection, const ServerInfo& server) {
  if (server.is_sentinel) return sentinel_links(connection);
  Links links;
  const auto replication = parse_info(connection.command({"INFO", "replication"}).text);
  const auto status = replication.find("master_link_status");
  links.to_master = status != replication.end() && status->second == "up";
  for_each_replica(replication, [&](const std::string&) { ++links.replicas; });
  if (!server.is_cluster) return links;
  const auto cluster = parse_info(connection.command({"CLUSTER", "INFO"}).text);
  const auto state = cluster.find("cluster_state");
  links.cluster = state != cluster.end() && state->second == "ok";
  const Value nodes = connection.command({"CLUSTER", "NODES"});
  for_each_node(nodes.text, [&](std::string_view, std::string_view flags) {
    if (has(flags, "fail") || has(flags, "fail?")) ++links.failing_nodes;
  });
  return links;
}

std::string describe_loss(const Links& before, const Links& now) {
  if (before.to_master && !now.to_master) return "has lost the link to its master";
  if (now.replicas < before.replicas) {
    return "has " + std::to_string(now.replicas) + " replicas online instead of " +
           std::to_string(before.replicas);
  }
  if (before.cluster && !now.cluster) return "its cluster_state is no more ok";
  if (now.failing_nodes > before.failing_nodes) return "sees a node of its cluster fail";
  if (now.unquorate_masters > before.unquorate_masters) return "could not fail over any more";
  if (now.missing_colleagues > before.missing_colleagues)
    return "does not reach the other Sentinels any more";
  return "";
}

}  // namespace redis
