#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace server {

class Connection;

// Who has subscribed to what. With the server's lock.
class PubSub {
 public:
  using Subscribers = std::map<std::string, std::set<Connection*>, std::less<>>;

  enum class Kind { kChannel, kPattern, kShardChannel };

  void subscribe(Kind kind, std::string_view name, Connection& connection);
  void unsubscribe(Kind kind, std::string_view name, Connection& connection);
  void forget(Connection& connection);  // all that it has subscribed to

  // Delivers a message, and returns how many got it. `publisher` gets its own in its replies.
  int64_t publish(std::string_view channel, std::string_view message, Connection& publisher,
                  std::string& replies_of_publisher);
  int64_t publish_to_shard(std::string_view channel, std::string_view message, Connection& publisher,
                           std::string& replies_of_publisher);

  const Subscribers& subscribers(Kind kind) const;

 private:
  Subscribers& of(Kind kind);

  Subscribers channels_;
  Subscribers patterns_;
  Subscribers shard_channels_;
};

}  // namespace server
