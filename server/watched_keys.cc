#include "server/watched_keys.h"

#include <algorithm>

namespace server {

void WatchedKeys::watch(Client& client, std::string_view key, int64_t expires_at) {
  const auto is_same = [&](const WatchedKey& watched) { return watched.key == key; };
  if (std::any_of(client.watched.begin(), client.watched.end(), is_same)) return;
  client.watched.push_back({std::string(key), expires_at});
  watchers_[std::string(key)].push_back(&client);
}

void WatchedKeys::unwatch_all(Client& client) {
  for (const WatchedKey& watched : client.watched) {
    const auto found = watchers_.find(watched.key);
    std::erase(found->second, &client);
    if (found->second.empty()) watchers_.erase(found);
  }
  client.watched.clear();
  client.watched_has_changed = false;
}

void WatchedKeys::tell_watchers(std::string_view key) {
  const auto found = watchers_.find(key);
  if (found == watchers_.end()) return;
  for (Client* client : found->second) client->watched_has_changed = true;
}

}  // namespace server
