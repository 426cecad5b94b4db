#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "server/client.h"

namespace server {

// Which clients WATCH which key. With the server's lock.
class WatchedKeys {
 public:
  void watch(Client& client, std::string_view key, int64_t expires_at);
  void unwatch_all(Client& client);  // as UNWATCH, EXEC and DISCARD do

  void on_change(std::string_view key) {
    if (!watchers_.empty()) tell_watchers(key);
  }

 private:
  void tell_watchers(std::string_view key);

  std::map<std::string, std::vector<Client*>, std::less<>> watchers_;
};

}  // namespace server
