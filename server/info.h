#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace server {

class Connection;
class Server;

// The Redis whose commands and replies we follow; clients decide by it what they may use.
inline constexpr std::string_view kCompatibleRedisVersion = "7.0.15";

// How many connections use a certificate.
struct SlotUsage {
  size_t connections = 0;  // established ones
  size_t handshaking = 0;
};
std::map<uint64_t, SlotUsage> slot_usage(const Server& server);  // by the slot's number; of both slots

// INFO's text: the sections asked for, or all when none is.
std::string describe_server(const Server& server, const std::vector<std::string>& sections);

// CLIENT LIST's lines.
std::string describe_client(const Connection& connection);
std::string describe_clients(const Server& server);

}  // namespace server
