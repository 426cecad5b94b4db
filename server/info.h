#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace server {

class Connection;
class Server;

// The Redis whose commands and replies we follow; clients decide by it what they may use.
inline constexpr std::string_view kCompatibleRedisVersion = "7.0.15";

// INFO's text: the sections asked for, or all when none is.
std::string describe_server(const Server& server, const std::vector<std::string>& sections);

// CLIENT LIST's lines.
std::string describe_client(const Connection& connection);
std::string describe_clients(const Server& server);

}  // namespace server
