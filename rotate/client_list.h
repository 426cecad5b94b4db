#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rotate {

// A line of CLIENT LIST.
struct ListedClient {
  uint64_t id = 0;
  std::string address;
  std::string name;  // that it gave itself
  std::string user;
  std::chrono::seconds age{};
  uint16_t local_port = 0;  // 0 when the server doesn't tell (before Redis 6.2)
  bool is_link = false;     // a replica, a master, or another node's
  bool is_busy = false;     // it has sent something that is not executed, or is owed something
};

std::vector<ListedClient> parse_client_list(std::string_view text);

}  // namespace rotate
