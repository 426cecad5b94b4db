#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/command.h"

namespace server {

// Who waits for which key, the longest waiting first. With the server's lock.
class BlockedClients {
 public:
  // `client` waits for the call to find something in one of the keys.
  void add(Client& client, const Call& call, store::ValueType type, std::vector<std::string_view> keys);
  void remove(Client& client);

  // Notes that the key has changed, if somebody waits for it.
  void on_change(std::string_view key) {
    if (!waiting_.empty()) note(key);
  }

  bool has_ready() const { return !ready_.empty(); }
  std::optional<std::string> take_ready();
  std::vector<Client*> waiting_for(const std::string& key) const;
  size_t size() const { return clients_; }

 private:
  void note(std::string_view key);

  std::map<std::string, std::deque<Client*>, std::less<>> waiting_;
  std::deque<std::string> ready_;
  uint64_t last_number_ = 0;
  size_t clients_ = 0;
};

// For BLPOP and its like, when they find nothing of that type: replies "nothing" within a transaction, keeps
// the place of one that waits already, and lets the client wait otherwise. A timeout of 0 is for ever.
void wait_for_keys(Call& call, store::ValueType type, const std::vector<std::string_view>& keys,
                   std::chrono::milliseconds timeout);

// In seconds, of an argument; or nothing and the reply that says what is wrong.
std::optional<std::chrono::milliseconds> parse_timeout(Call& call, std::string_view text);

}  // namespace server
