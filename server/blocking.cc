#include "server/blocking.h"

#include <algorithm>
#include <cmath>

#include "server/replies.h"
#include "server/server.h"

namespace server {

void BlockedClients::add(Client& client, const Call& call, store::ValueType type,
                         std::vector<std::string_view> keys) {
  BlockedCall& blocked = client.blocked;
  blocked.command = client.last_command;
  blocked.words.assign(call.words.begin(), call.words.end());
  blocked.keys.assign(keys.begin(), keys.end());
  std::sort(blocked.keys.begin(), blocked.keys.end());
  blocked.keys.erase(std::unique(blocked.keys.begin(), blocked.keys.end()), blocked.keys.end());
  blocked.type = type;
  blocked.number = ++last_number_;
  for (const std::string& key : blocked.keys) waiting_[key].push_back(&client);
  ++clients_;
}

void BlockedClients::remove(Client& client) {
  if (client.blocked.command == nullptr) return;
  for (const std::string& key : client.blocked.keys) {
    const auto found = waiting_.find(key);
    std::erase(found->second, &client);
    if (found->second.empty()) waiting_.erase(found);
  }
  client.blocked = {};
  --clients_;
}

void BlockedClients::note(std::string_view key) {
  if (waiting_.contains(key)) ready_.emplace_back(key);
}

std::optional<std::string> BlockedClients::take_ready() {
  if (ready_.empty()) return std::nullopt;
  std::string key = std::move(ready_.front());
  ready_.pop_front();
  return key;
}

std::vector<Client*> BlockedClients::waiting_for(const std::string& key) const {
  const auto found = waiting_.find(key);
  if (found == waiting_.end()) return {};
  return {found->second.begin(), found->second.end()};
}

void wait_for_keys(Call& call, store::ValueType type, const std::vector<std::string_view>& keys,
                   std::chrono::milliseconds timeout) {
  if (call.client.transaction.is_executing) return call.reply.null_array();
  if (call.client.blocked.command != nullptr) return;
  call.server.block(call, type, keys, timeout);
}

std::optional<std::chrono::milliseconds> parse_timeout(Call& call, std::string_view text) {
  constexpr long double kMost = 1e12L;  // seconds
  const auto seconds = to_long_double(text);
  if (!seconds || std::isinf(*seconds) || *seconds > kMost) {
    call.reply.error("ERR timeout is not a float or out of range");
    return std::nullopt;
  }
  if (*seconds < 0) {
    call.reply.error("ERR timeout is negative");
    return std::nullopt;
  }
  return std::chrono::milliseconds(static_cast<int64_t>(std::ceil(*seconds * 1000)));
}

}  // namespace server
