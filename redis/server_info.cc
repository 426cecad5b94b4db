#include "redis/server_info.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"

namespace redis {
namespace {

using Info = std::map<std::string, std::string>;

std::string value_of(const Info& info, const std::string& key) {
  const auto found = info.find(key);
  return found == info.end() ? "" : found->second;
}

int number_of(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Info parse_info(std::string_view text) {
  Info info;
  while (!text.empty()) {
    const size_t end = std::min(text.find("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.starts_with('#')) continue;
    info.emplace(line.substr(0, colon), line.substr(colon + 1));
  }
  return info;
}

Version parse_version(std::string_view text) {
  std::array<int, 3> parts{};
  for (int& part : parts) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (error != std::errc() || !text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return {parts[0], parts[1], parts[2]};
}

std::string ServerInfo::name() const {
  if (flavour == Flavour::kRedisPki) return "redis-pki";
  const std::string name = flavour == Flavour::kValkey ? "Valkey" : "Redis";
  if (version == Version{}) return name;
  return name + " " + std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch);
}

bool ServerInfo::sets_pairs_at_once() const {
  return flavour != Flavour::kRedis || version == Version{} || version >= Version{7, 0, 0};
}

bool ServerInfo::rereads_unchanged_paths() const {
  return flavour != Flavour::kRedis || version == Version{} || version < Version{7, 0, 0} ||
         version >= Version{7, 0, 5};
}

Info get_info(Connection& connection, std::string_view section) {
  return parse_info(connection.require({"INFO", section}).text);
}

ServerInfo get_server_info(Connection& connection) {
  ServerInfo server;
  const resp::Value reply = connection.command({"INFO", "server"});
  if (reply.is_error() && reply.text.starts_with("NOPERM")) return server;
  if (reply.is_error()) throw base::Error(base::ErrorKind::kRefused, connection.name() + ": " + reply.text);
  const Info info = parse_info(reply.text);
  server.version = parse_version(value_of(info, "redis_version"));
  if (info.contains("valkey_version")) {
    server.flavour = ServerInfo::Flavour::kValkey;
    server.version = parse_version(value_of(info, "valkey_version"));
  } else if (info.contains("redis_pki_version")) {
    server.flavour = ServerInfo::Flavour::kRedisPki;
  }
  server.is_sentinel =
      value_of(info, "redis_mode") == "sentinel" || value_of(info, "server_mode") == "sentinel";
  server.is_cluster = value_of(info, "redis_mode") == "cluster" || value_of(info, "server_mode") == "cluster";
  server.run_id = value_of(info, "run_id");
  server.process_id = number_of(value_of(info, "process_id"));
  server.executable = value_of(info, "executable");
  if (server.is_sentinel || server.flavour == ServerInfo::Flavour::kRedisPki) return server;

  const Info replication = get_info(connection, "replication");
  server.is_replica = value_of(replication, "role") == "slave";
  server.master.host = value_of(replication, "master_host");
  server.master.port = static_cast<uint16_t>(number_of(value_of(replication, "master_port")));
  server.master_link_is_up = value_of(replication, "master_link_status") == "up";
  return server;
}

}  // namespace redis
