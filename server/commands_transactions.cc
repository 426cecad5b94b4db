#include <algorithm>
#include <utility>

#include "server/command.h"
#include "server/server.h"

namespace server {
namespace {

void multi(Call& call) {
  if (call.client.transaction.is_open) return call.reply.error("ERR MULTI calls can not be nested");
  call.client.transaction = {.is_open = true};
  call.reply.ok();
}

void discard(Call& call) {
  if (!call.client.transaction.is_open) return call.reply.error("ERR DISCARD without MULTI");
  call.client.transaction = {};
  call.server.watched_keys().unwatch_all(call.client);
  call.reply.ok();
}

bool watched_has_changed(const Call& call) {
  const auto has_expired = [&](const WatchedKey& watched) {
    return watched.expires_at != 0 && watched.expires_at <= call.now();
  };
  return call.client.watched_has_changed ||
         std::any_of(call.client.watched.begin(), call.client.watched.end(), has_expired);
}

void exec(Call& call) {
  if (!call.client.transaction.is_open) return call.reply.error("ERR EXEC without MULTI");
  Transaction transaction = std::exchange(call.client.transaction, {});
  const bool has_changed = watched_has_changed(call);
  call.server.watched_keys().unwatch_all(call.client);
  if (transaction.has_failed) {
    return call.reply.error("EXECABORT Transaction discarded because of previous errors.");
  }
  if (has_changed) return call.reply.null_array();
  std::string& out = call.reply.out();
  const size_t begin = out.size();
  call.reply.array(transaction.commands.size());
  call.client.transaction.is_executing = true;
  for (const auto& words : transaction.commands) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    Call one{call.server, call.connection, call.client, views,
             resp::Encoder(call.reply.out(), call.client.protocol)};
    // What it may do can have changed meanwhile.
    execute_command(find_command(views.front()), one);
  }
  call.client.transaction.is_executing = false;
  if (!call.client.waits_for_reply) return;
  call.server.reply_when_installed(out.substr(begin));
  out.resize(begin);
}

void watch(Call& call) {
  if (call.client.transaction.is_open) return call.reply.error("ERR WATCH inside MULTI is not allowed");
  for (const std::string_view key : call.words.subspan(1)) {
    const auto* entry = call.find(key);
    call.server.watched_keys().watch(call.client, key, entry == nullptr ? 0 : entry->expires_at());
  }
  call.reply.ok();
}

void unwatch(Call& call) {
  call.server.watched_keys().unwatch_all(call.client);
  call.reply.ok();
}

}  // namespace

const std::vector<Command>& transaction_commands() {
  static const std::vector<Command> commands{
      {"discard", 1, kNoScript | kFast, kTransactionCategory, {}, discard},
      {"exec", 1, kNoScript, kTransactionCategory, {}, exec},
      {"multi", 1, kNoScript | kFast, kTransactionCategory, {}, multi},
      {"unwatch", 1, kNoScript | kFast, kTransactionCategory, {}, unwatch},
      {"watch", -2, kNoScript | kFast, kTransactionCategory, {1, -1, 1, kNoAccess}, watch},
  };
  return commands;
}

}  // namespace server
