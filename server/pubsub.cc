#include "server/pubsub.h"

#include <initializer_list>

#include "resp/encoder.h"
#include "server/connection.h"
#include "server/glob.h"

namespace server {
namespace {

// "message", channel, payload, in the protocol of each one who gets it.
void deliver(Connection& to, std::initializer_list<std::string_view> parts, const Connection& publisher,
             std::string& replies_of_publisher) {
  std::string encoded;
  resp::Encoder encoder(encoded, to.client().protocol);
  encoder.push(parts.size());
  for (const auto part : parts) encoder.bulk_string(part);
  if (&to == &publisher && !to.client().transaction.is_executing) {
    replies_of_publisher += encoded;
  } else {
    to.push(encoded);
  }
}

}  // namespace

PubSub::Subscribers& PubSub::of(Kind kind) {
  return kind == Kind::kChannel ? channels_ : kind == Kind::kPattern ? patterns_ : shard_channels_;
}

const PubSub::Subscribers& PubSub::subscribers(Kind kind) const {
  return const_cast<PubSub*>(this)->of(kind);
}

void PubSub::subscribe(Kind kind, std::string_view name, Connection& connection) {
  of(kind)[std::string(name)].insert(&connection);
}

void PubSub::unsubscribe(Kind kind, std::string_view name, Connection& connection) {
  Subscribers& all = of(kind);
  const auto found = all.find(name);
  if (found == all.end()) return;
  found->second.erase(&connection);
  if (found->second.empty()) all.erase(found);
}

void PubSub::forget(Connection& connection) {
  const Client& client = connection.client();
  for (const auto& name : client.channels) unsubscribe(Kind::kChannel, name, connection);
  for (const auto& name : client.patterns) unsubscribe(Kind::kPattern, name, connection);
  for (const auto& name : client.shard_channels) unsubscribe(Kind::kShardChannel, name, connection);
}

int64_t PubSub::publish(std::string_view channel, std::string_view message, Connection& publisher,
                        std::string& replies_of_publisher) {
  int64_t receivers = 0;
  if (const auto found = channels_.find(channel); found != channels_.end()) {
    for (Connection* to : found->second) {
      deliver(*to, {"message", channel, message}, publisher, replies_of_publisher);
      ++receivers;
    }
  }
  for (const auto& [pattern, subscribed] : patterns_) {
    if (!fits_glob(pattern, channel)) continue;
    for (Connection* to : subscribed) {
      deliver(*to, {"pmessage", pattern, channel, message}, publisher, replies_of_publisher);
      ++receivers;
    }
  }
  return receivers;
}

int64_t PubSub::publish_to_shard(std::string_view channel, std::string_view message, Connection& publisher,
                                 std::string& replies_of_publisher) {
  const auto found = shard_channels_.find(channel);
  if (found == shard_channels_.end()) return 0;
  for (Connection* to : found->second) {
    deliver(*to, {"smessage", channel, message}, publisher, replies_of_publisher);
  }
  return static_cast<int64_t>(found->second.size());
}

}  // namespace server
