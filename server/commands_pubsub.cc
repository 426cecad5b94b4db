#include <string>

#include "server/command.h"
#include "server/glob.h"
#include "server/replies.h"
#include "server/server.h"

namespace server {
namespace {

using Kind = PubSub::Kind;
using Names = std::set<std::string, std::less<>>;

Names& names_of(Client& client, Kind kind) {
  if (kind == Kind::kChannel) return client.channels;
  return kind == Kind::kPattern ? client.patterns : client.shard_channels;
}

size_t count_of(const Client& client, Kind kind) {
  return kind == Kind::kShardChannel ? client.shard_channels.size() : client.subscriptions();
}

void reply_subscription(Call& call, Kind kind, std::string_view event, std::optional<std::string_view> name) {
  call.reply.push(3);
  call.reply.bulk_string(event);
  if (name) {
    call.reply.bulk_string(*name);
  } else {
    call.reply.null();
  }
  call.reply.integer(static_cast<int64_t>(count_of(call.client, kind)));
}

void subscribe_to(Call& call, Kind kind) {
  for (const std::string_view name : call.words.subspan(1)) {
    if (names_of(call.client, kind).emplace(name).second) {
      call.server.pubsub().subscribe(kind, name, call.connection);
    }
    reply_subscription(call, kind, call.client.last_command->name, name);
  }
}

void unsubscribe_from(Call& call, Kind kind) {
  Names& names = names_of(call.client, kind);
  std::vector<std::string> unwanted(call.words.begin() + 1, call.words.end());
  if (unwanted.empty()) unwanted.assign(names.begin(), names.end());
  for (const std::string& name : unwanted) {
    if (names.erase(name) > 0) call.server.pubsub().unsubscribe(kind, name, call.connection);
    reply_subscription(call, kind, call.client.last_command->name, name);
  }
  if (unwanted.empty()) reply_subscription(call, kind, call.client.last_command->name, std::nullopt);
}

void subscribe(Call& call) { subscribe_to(call, Kind::kChannel); }
void psubscribe(Call& call) { subscribe_to(call, Kind::kPattern); }
void ssubscribe(Call& call) { subscribe_to(call, Kind::kShardChannel); }
void unsubscribe(Call& call) { unsubscribe_from(call, Kind::kChannel); }
void punsubscribe(Call& call) { unsubscribe_from(call, Kind::kPattern); }
void sunsubscribe(Call& call) { unsubscribe_from(call, Kind::kShardChannel); }

void publish(Call& call) {
  call.reply.integer(
      call.server.pubsub().publish(call.argument(0), call.argument(1), call.connection, call.reply.out()));
}

void spublish(Call& call) {
  call.reply.integer(call.server.pubsub().publish_to_shard(call.argument(0), call.argument(1),
                                                           call.connection, call.reply.out()));
}

void reply_names(Call& call, Kind kind) {
  if (call.arguments() > 2) return reply_wrong_number_of_arguments(call, call.client.last_command->name);
  std::vector<std::string_view> found;
  for (const auto& [name, subscribers] : call.server.pubsub().subscribers(kind)) {
    if (call.arguments() == 1 || fits_glob(call.argument(1), name)) found.push_back(name);
  }
  call.reply.array(found.size());
  for (const auto name : found) call.reply.bulk_string(name);
}

void reply_numbers(Call& call, Kind kind) {
  const auto& all = call.server.pubsub().subscribers(kind);
  call.reply.array((call.arguments() - 1) * 2);
  for (const std::string_view name : call.words.subspan(2)) {
    const auto found = all.find(name);
    call.reply.bulk_string(name);
    call.reply.integer(found == all.end() ? 0 : static_cast<int64_t>(found->second.size()));
  }
}

void channels(Call& call) { reply_names(call, Kind::kChannel); }
void shard_channels(Call& call) { reply_names(call, Kind::kShardChannel); }
void numsub(Call& call) { reply_numbers(call, Kind::kChannel); }
void shard_numsub(Call& call) { reply_numbers(call, Kind::kShardChannel); }

void numpat(Call& call) {
  call.reply.integer(static_cast<int64_t>(call.server.pubsub().subscribers(Kind::kPattern).size()));
}

}  // namespace

const std::vector<Command>& pubsub_commands() {
  static const Command of_pubsub[] = {
      {"pubsub|channels", -2, kPubSub, 0, {}, channels},
      {"pubsub|help", 2, 0, 0, {}, reply_simple_help},
      {"pubsub|numpat", 2, kPubSub, 0, {}, numpat},
      {"pubsub|numsub", -2, kPubSub, 0, {}, numsub},
      {"pubsub|shardchannels", -2, kPubSub, 0, {}, shard_channels},
      {"pubsub|shardnumsub", -2, kPubSub, 0, {}, shard_numsub},
  };
  static const std::vector<Command> commands{
      {"psubscribe", -2, kPubSub | kNoScript, 0, {}, psubscribe},
      {"publish", 3, kPubSub | kFast, 0, {}, publish},
      {"pubsub", -2, 0, 0, {}, nullptr, of_pubsub},
      {"punsubscribe", -1, kPubSub | kNoScript, 0, {}, punsubscribe},
      {"spublish", 3, kPubSub | kFast, 0, {1, 1, 1, kNoAccess}, spublish},
      {"ssubscribe", -2, kPubSub | kNoScript, 0, {1, -1, 1, kNoAccess}, ssubscribe},
      {"subscribe", -2, kPubSub | kNoScript, 0, {}, subscribe},
      {"sunsubscribe", -1, kPubSub | kNoScript, 0, {1, -1, 1, kNoAccess}, sunsubscribe},
      {"unsubscribe", -1, kPubSub | kNoScript, 0, {}, unsubscribe},
  };
  return commands;
}

}  // namespace server
