#include <cmath>
#include <string>

#include "server/command.h"
#include "server/random_choice.h"
#include "server/replies.h"
#include "store/hash.h"

namespace server {
namespace {

using store::Hash;
using store::Item;

void reply_value(Call& call, const Item* item) {
  if (item == nullptr) return call.reply.null();
  call.reply.encoded(item->encoded_value());
}

const Item* find_field(const Hash* hash, std::string_view field) {
  return hash == nullptr ? nullptr : hash->find(field);
}

// Sets all the fields and values of the words; the reply is given when it returns nothing.
std::optional<int64_t> set_fields(Call& call) {
  if (call.arguments() % 2 == 0) {
    reply_wrong_number_of_arguments(call, call.client.last_command->name);
    return std::nullopt;
  }
  Hash* hash = nullptr;
  if (!find_or_make(call, call.argument(0), hash)) return std::nullopt;
  int64_t added = 0;
  for (size_t i = 1; i < call.arguments(); i += 2) {
    if (hash->set(call.argument(i), call.argument(i + 1))) ++added;
  }
  call.changed(call.argument(0));
  return added;
}

void hset(Call& call) {
  if (const auto added = set_fields(call)) call.reply.integer(*added);
}

void hmset(Call& call) {
  if (set_fields(call)) call.reply.ok();
}

void hsetnx(Call& call) {
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  if (find_field(hash, call.argument(1)) != nullptr) return call.reply.integer(0);
  find_or_make(call, call.argument(0), hash);
  hash->set(call.argument(1), call.argument(2));
  call.changed(call.argument(0));
  call.reply.integer(1);
}

void hget(Call& call) {
  Hash* hash = nullptr;
  if (find_collection(call, call.argument(0), hash)) reply_value(call, find_field(hash, call.argument(1)));
}

void hmget(Call& call) {
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  call.reply.array(call.arguments() - 1);
  for (size_t i = 1; i < call.arguments(); ++i) reply_value(call, find_field(hash, call.argument(i)));
}

void hdel(Call& call) {
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  int64_t removed = 0;
  for (size_t i = 1; hash != nullptr && i < call.arguments(); ++i) {
    if (hash->remove(call.argument(i))) ++removed;
  }
  if (removed > 0) settle(call, call.argument(0), *hash);
  call.reply.integer(removed);
}

void hexists(Call& call) {
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  call.reply.integer(find_field(hash, call.argument(1)) == nullptr ? 0 : 1);
}

void hlen(Call& call) {
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  call.reply.integer(hash == nullptr ? 0 : static_cast<int64_t>(hash->size()));
}

void hstrlen(Call& call) {
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  const Item* item = find_field(hash, call.argument(1));
  call.reply.integer(item == nullptr ? 0 : static_cast<int64_t>(item->value().size()));
}

void hgetall(Call& call) {
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  call.reply.map(hash == nullptr ? 0 : hash->size());
  if (hash != nullptr) hash->for_each([&](const Item& item) { call.reply.encoded(item.encoded()); });
}

void hkeys(Call& call) {
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  call.reply.array(hash == nullptr ? 0 : hash->size());
  if (hash != nullptr) hash->for_each([&](const Item& item) { call.reply.encoded(item.encoded_key()); });
}

void hvals(Call& call) {
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  call.reply.array(hash == nullptr ? 0 : hash->size());
  if (hash != nullptr) hash->for_each([&](const Item& item) { call.reply.encoded(item.encoded_value()); });
}

void write_field(Call& call, std::string_view value) {
  Hash* hash = nullptr;
  find_or_make(call, call.argument(0), hash);
  hash->set(call.argument(1), value);
  call.changed(call.argument(0));
}

void hincrby(Call& call) {
  const auto amount = parse_integer(call, call.argument(2));
  Hash* hash = nullptr;
  if (!amount || !find_collection(call, call.argument(0), hash)) return;
  const Item* item = find_field(hash, call.argument(1));
  const auto old = item == nullptr ? 0 : to_integer(item->value());
  if (!old) return call.reply.error("ERR hash value is not an integer");
  int64_t sum = 0;
  if (__builtin_add_overflow(*old, *amount, &sum)) {
    return call.reply.error("ERR increment or decrement would overflow");
  }
  write_field(call, std::to_string(sum));
  call.reply.integer(sum);
}

void hincrbyfloat(Call& call) {
  const auto amount = to_long_double(call.argument(2));
  if (!amount) return call.reply.error("ERR value is not a valid float");
  if (std::isinf(*amount)) return call.reply.error("ERR value is NaN or Infinity");
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  const Item* item = find_field(hash, call.argument(1));
  const auto old = item == nullptr ? 0 : to_long_double(item->value());
  if (!old) return call.reply.error("ERR hash value is not a float");
  const long double sum = *old + *amount;
  if (std::isnan(sum) || std::isinf(sum)) {
    return call.reply.error("ERR increment would produce NaN or Infinity");
  }
  const std::string text = format_long_double(sum);
  write_field(call, text);
  call.reply.bulk_string(text);
}

// HRANDFIELD key [count [WITHVALUES]]
void hrandfield(Call& call) {
  RandomCount wanted;
  if (!parse_random_count(call, "withvalues", wanted)) return;
  Hash* hash = nullptr;
  if (!find_collection(call, call.argument(0), hash)) return;
  if (!wanted.has_count) {
    if (hash == nullptr) return call.reply.null();
    return call.reply.encoded(hash->any(random_bits).encoded_key());
  }
  const auto chosen = choose(hash, wanted, [&] { return items_of(*hash); });
  const bool has_pairs = wanted.with_values && call.reply.protocol() > 2;
  call.reply.array(wanted.with_values && !has_pairs ? 2 * chosen.size() : chosen.size());
  for (const Item* item : chosen) {
    if (has_pairs) call.reply.array(2);
    call.reply.encoded(wanted.with_values ? item->encoded() : item->encoded_key());
  }
}

// HSCAN key cursor [MATCH pattern] [COUNT count]
void hscan(Call& call) {
  ScanOptions options;
  Hash* hash = nullptr;
  if (!begin_scan(call, options, hash)) return;
  std::string found;
  size_t count = 0;
  const uint64_t cursor = scan_some(hash, options, [&](const Item& item) {
    if (!options.wants(item.key())) return;
    found += item.encoded();
    count += 2;
  });
  reply_scanned(call, cursor, count, found);
}

}  // namespace

const std::vector<Command>& hash_commands() {
  constexpr uint32_t kChangesFast = kWrite | kDenyOom | kFast;
  constexpr uint32_t kReadsFast = kReadOnly | kFast;
  static const std::vector<Command> commands{
      {"hdel", -3, kWrite | kFast, kHashCategory, {1, 1, 1, kWrites}, hdel},
      {"hexists", 3, kReadsFast, kHashCategory, {1, 1, 1, kNoAccess}, hexists},
      {"hget", 3, kReadsFast, kHashCategory, {1, 1, 1, kReads}, hget},
      {"hgetall", 2, kReadOnly, kHashCategory, {1, 1, 1, kReads}, hgetall},
      {"hincrby", 4, kChangesFast, kHashCategory, {1, 1, 1, kReadsAndWrites}, hincrby},
      {"hincrbyfloat", 4, kChangesFast, kHashCategory, {1, 1, 1, kReadsAndWrites}, hincrbyfloat},
      {"hkeys", 2, kReadOnly, kHashCategory, {1, 1, 1, kReads}, hkeys},
      {"hlen", 2, kReadsFast, kHashCategory, {1, 1, 1, kNoAccess}, hlen},
      {"hmget", -3, kReadsFast, kHashCategory, {1, 1, 1, kReads}, hmget},
      {"hmset", -4, kChangesFast, kHashCategory, {1, 1, 1, kWrites}, hmset},
      {"hrandfield", -2, kReadOnly, kHashCategory, {1, 1, 1, kReads}, hrandfield},
      {"hscan", -3, kReadOnly, kHashCategory, {1, 1, 1, kReads}, hscan},
      {"hset", -4, kChangesFast, kHashCategory, {1, 1, 1, kWrites}, hset},
      {"hsetnx", 4, kChangesFast, kHashCategory, {1, 1, 1, kWrites}, hsetnx},
      {"hstrlen", 3, kReadsFast, kHashCategory, {1, 1, 1, kNoAccess}, hstrlen},
      {"hvals", 2, kReadOnly, kHashCategory, {1, 1, 1, kReads}, hvals},
  };
  return commands;
}

}  // namespace server
