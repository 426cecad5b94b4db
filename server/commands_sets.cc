#include <algorithm>
#include <string>

#include "server/command.h"
#include "server/random_choice.h"
#include "server/ranges.h"
#include "server/replies.h"
#include "store/set.h"

namespace server {
namespace {

using store::Item;
using store::Set;

void sadd(Call& call) {
  Set* set = nullptr;
  if (!find_or_make(call, call.argument(0), set)) return;
  int64_t added = 0;
  for (size_t i = 1; i < call.arguments(); ++i) {
    if (set->add(call.argument(i))) ++added;
  }
  if (added > 0) call.changed(call.argument(0));
  call.reply.integer(added);
}

void srem(Call& call) {
  Set* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  int64_t removed = 0;
  for (size_t i = 1; set != nullptr && i < call.arguments(); ++i) {
    if (set->remove(call.argument(i))) ++removed;
  }
  if (removed > 0) settle(call, call.argument(0), *set);
  call.reply.integer(removed);
}

void scard(Call& call) {
  Set* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  call.reply.integer(set == nullptr ? 0 : static_cast<int64_t>(set->size()));
}

void sismember(Call& call) {
  Set* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  call.reply.integer(set != nullptr && set->find(call.argument(1)) != nullptr ? 1 : 0);
}

void smismember(Call& call) {
  Set* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  call.reply.array(call.arguments() - 1);
  for (size_t i = 1; i < call.arguments(); ++i) {
    call.reply.integer(set != nullptr && set->find(call.argument(i)) != nullptr ? 1 : 0);
  }
}

void reply_items(Call& call, const std::vector<const Item*>& items) {
  call.reply.set(items.size());
  for (const Item* item : items) call.reply.encoded(item->encoded_key());
}

void smembers(Call& call) {
  Set* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  call.reply.set(set == nullptr ? 0 : set->size());
  if (set != nullptr) set->for_each([&](const Item& item) { call.reply.encoded(item.encoded_key()); });
}

void smove(Call& call) {
  Set* source = nullptr;
  Set* target = nullptr;
  const std::string_view member = call.argument(2);
  if (!find_collection(call, call.argument(0), source)) return;
  if (source == nullptr) return call.reply.integer(0);
  if (!find_collection(call, call.argument(1), target)) return;
  if (source == target) return call.reply.integer(source->find(member) == nullptr ? 0 : 1);
  if (!source->remove(member)) return call.reply.integer(0);
  settle(call, call.argument(0), *source);
  find_or_make(call, call.argument(1), target);
  if (target->add(member)) call.changed(call.argument(1));
  call.reply.integer(1);
}

// SPOP key [count]
void spop(Call& call) {
  if (call.arguments() > 2) return reply_syntax_error(call);
  const bool has_count = call.arguments() == 2;
  std::optional<int64_t> count = 1;
  if (has_count && !(count = parse_positive(call, call.argument(1)))) return;
  Set* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  if (set == nullptr) return has_count ? call.reply.set(0) : call.reply.null();
  const RandomCount wanted{.has_count = has_count, .count = static_cast<size_t>(*count)};
  if (has_count) {
    const auto chosen = choose(set, wanted, [&] { return items_of(*set); });
    reply_items(call, chosen);
    for (const Item* item : chosen) set->remove(item->key());
  } else {
    const Item& item = set->any(random_bits);
    call.reply.encoded(item.encoded_key());
    set->remove(item.key());
  }
  if (*count > 0) settle(call, call.argument(0), *set);
}

// SRANDMEMBER key [count]
void srandmember(Call& call) {
  RandomCount wanted;
  if (call.arguments() > 2) return reply_syntax_error(call);
  if (!parse_random_count(call, "", wanted)) return;
  Set* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  if (!wanted.has_count) {
    if (set == nullptr) return call.reply.null();
    return call.reply.encoded(set->any(random_bits).encoded_key());
  }
  const auto chosen = choose(set, wanted, [&] { return items_of(*set); });
  call.reply.array(chosen.size());
  for (const Item* item : chosen) call.reply.encoded(item->encoded_key());
}

enum class Operation { kUnion, kIntersection, kDifference };

bool find_sets(Call& call, std::span<const std::string_view> keys, std::vector<const Set*>& sets) {
  for (const std::string_view key : keys) {
    Set* set = nullptr;
    if (!find_collection(call, key, set)) return false;
    sets.push_back(set);
  }
  return true;
}

bool is_in(const Set* set, std::string_view member) { return set != nullptr && set->find(member) != nullptr; }

std::vector<const Item*> intersect(std::vector<const Set*> sets, size_t most) {
  std::vector<const Item*> found;
  const auto size = [](const Set* set) { return set == nullptr ? 0 : set->size(); };
  std::sort(sets.begin(), sets.end(), [&](const Set* a, const Set* b) { return size(a) < size(b); });
  if (sets.front() == nullptr) return found;
  for (const Item* item : items_of(*sets.front())) {
    if (std::all_of(sets.begin() + 1, sets.end(), [&](const Set* set) { return is_in(set, item->key()); })) {
      found.push_back(item);
      if (found.size() == most) break;
    }
  }
  return found;
}

// Items of the sets.
std::vector<const Item*> combine(const std::vector<const Set*>& sets, Operation operation) {
  if (operation == Operation::kIntersection) return intersect(sets, SIZE_MAX);
  std::vector<const Item*> found;
  for (size_t i = 0; i < sets.size(); ++i) {
    if (sets[i] == nullptr) continue;
    if (operation == Operation::kDifference && i > 0) break;
    // Members of a union that an earlier set has are there already.
    const auto first = operation == Operation::kUnion ? sets.begin() : sets.begin() + 1;
    const auto last = operation == Operation::kUnion ? sets.begin() + static_cast<long>(i) : sets.end();
    sets[i]->for_each([&](const Item& item) {
      if (std::none_of(first, last, [&](const Set* set) { return is_in(set, item.key()); })) {
        found.push_back(&item);
      }
    });
  }
  return found;
}

void reply_combined(Call& call, Operation operation) {
  std::vector<const Set*> sets;
  if (find_sets(call, call.words.subspan(1), sets)) reply_items(call, combine(sets, operation));
}

void sunion(Call& call) { reply_combined(call, Operation::kUnion); }
void sinter(Call& call) { reply_combined(call, Operation::kIntersection); }
void sdiff(Call& call) { reply_combined(call, Operation::kDifference); }

void store_combined(Call& call, Operation operation) {
  const std::string_view target = call.argument(0);
  std::vector<const Set*> sets;
  if (!find_sets(call, call.words.subspan(2), sets)) return;
  auto result = std::make_unique<Set>(call.keys().secret());
  for (const Item* item : combine(sets, operation)) result->add(item->key());
  const size_t size = result->size();
  if (size > 0) {
    call.keys().put(target, std::move(result), 0);
    call.changed(target);
  } else if (call.keys().remove(target, call.now())) {
    call.changed(target);
  }
  call.reply.integer(static_cast<int64_t>(size));
}

void sunionstore(Call& call) { store_combined(call, Operation::kUnion); }
void sinterstore(Call& call) { store_combined(call, Operation::kIntersection); }
void sdiffstore(Call& call) { store_combined(call, Operation::kDifference); }

// "numkeys key [key …] [LIMIT limit]", which is all; without a limit, or with 0, it is as large as can be.
bool parse_cardinality(Call& call, std::span<const std::string_view>& keys, size_t& limit) {
  const auto count =
      parse_in_range(call, call.argument(0), 1, INT64_MAX, "ERR numkeys should be greater than 0");
  if (!count) return false;
  if (static_cast<uint64_t>(*count) > call.arguments() - 1) {
    call.reply.error("ERR Number of keys can't be greater than number of args");
    return false;
  }
  keys = call.words.subspan(2, static_cast<size_t>(*count));
  limit = SIZE_MAX;
  for (size_t at = 1 + keys.size(); at < call.arguments(); at += 2) {
    if (at + 1 >= call.arguments() || !call.argument_is(at, "limit")) {
      reply_syntax_error(call);
      return false;
    }
    const auto number =
        parse_in_range(call, call.argument(at + 1), 0, INT64_MAX, "ERR LIMIT can't be negative");
    if (!number) return false;
    limit = *number == 0 ? SIZE_MAX : static_cast<size_t>(*number);
  }
  return true;
}

// SINTERCARD numkeys key [key …] [LIMIT limit]
void sintercard(Call& call) {
  std::span<const std::string_view> keys;
  size_t limit = 0;
  if (!parse_cardinality(call, keys, limit)) return;
  std::vector<const Set*> sets;
  if (!find_sets(call, keys, sets)) return;
  call.reply.integer(static_cast<int64_t>(intersect(sets, limit).size()));
}

// SSCAN key cursor [MATCH pattern] [COUNT count]
void sscan(Call& call) {
  ScanOptions options;
  Set* set = nullptr;
  if (!begin_scan(call, options, set)) return;
  std::string found;
  size_t count = 0;
  const uint64_t cursor = scan_some(set, options, [&](const Item& item) {
    if (!options.wants(item.key())) return;
    found += item.encoded_key();
    ++count;
  });
  reply_scanned(call, cursor, count, found);
}

}  // namespace

const std::vector<Command>& set_commands() {
  static const std::vector<Command> commands{
      {"sadd", -3, kWrite | kDenyOom | kFast, kSetCategory, {1, 1, 1, kWrites}, sadd},
      {"scard", 2, kReadOnly | kFast, kSetCategory, {1, 1, 1, kNoAccess}, scard},
      {"sdiff", -2, kReadOnly, kSetCategory, {1, -1, 1, kReads}, sdiff},
      {"sdiffstore", -3, kWrite | kDenyOom, kSetCategory, {1, -1, 1, kWrites, kReads}, sdiffstore},
      {"sinter", -2, kReadOnly, kSetCategory, {1, -1, 1, kReads}, sinter},
      {"sintercard", -3, kReadOnly | kMovableKeys, kSetCategory, {0, 0, 1, kReads, {}, 1}, sintercard},
      {"sinterstore", -3, kWrite | kDenyOom, kSetCategory, {1, -1, 1, kWrites, kReads}, sinterstore},
      {"sismember", 3, kReadOnly | kFast, kSetCategory, {1, 1, 1, kNoAccess}, sismember},
      {"smembers", 2, kReadOnly, kSetCategory, {1, 1, 1, kReads}, smembers},
      {"smismember", -3, kReadOnly | kFast, kSetCategory, {1, 1, 1, kReads}, smismember},
      {"smove", 4, kWrite | kFast, kSetCategory, {1, 2, 1, kReadsAndWrites, kWrites}, smove},
      {"spop", -2, kWrite | kFast, kSetCategory, {1, 1, 1, kReadsAndWrites}, spop},
      {"srandmember", -2, kReadOnly, kSetCategory, {1, 1, 1, kReads}, srandmember},
      {"srem", -3, kWrite | kFast, kSetCategory, {1, 1, 1, kWrites}, srem},
      {"sscan", -3, kReadOnly, kSetCategory, {1, 1, 1, kReads}, sscan},
      {"sunion", -2, kReadOnly, kSetCategory, {1, -1, 1, kReads}, sunion},
      {"sunionstore", -3, kWrite | kDenyOom, kSetCategory, {1, -1, 1, kWrites, kReads}, sunionstore},
  };
  return commands;
}

}  // namespace server
