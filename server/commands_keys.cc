#include <algorithm>
#include <string>

#include "base/words.h"
#include "server/command.h"
#include "server/glob.h"
#include "server/replies.h"
#include "store/hash.h"
#include "store/list.h"
#include "store/set.h"
#include "store/sorted_set.h"

namespace server {
namespace {

using Entry = store::Keyspace::Entry;
using store::Milliseconds;

std::string_view type_name(store::ValueType type) {
  switch (type) {
    case store::ValueType::kString:
      return "string";
    case store::ValueType::kList:
      return "list";
    case store::ValueType::kHash:
      return "hash";
    case store::ValueType::kSet:
      return "set";
    case store::ValueType::kSortedSet:
      return "zset";
  }
  return "none";
}

void del(Call& call) {
  int64_t removed = 0;
  for (const std::string_view key : call.words.subspan(1)) {
    if (!call.keys().remove(key, call.now())) continue;
    call.changed(key);
    ++removed;
  }
  call.reply.integer(removed);
}

void exists(Call& call) {
  int64_t found = 0;
  for (const std::string_view key : call.words.subspan(1)) {
    if (call.find(key) != nullptr) ++found;
  }
  call.reply.integer(found);
}

// NX, XX, GT, LT; a key without expiry counts as one that expires last.
struct ExpiryCondition {
  bool nx = false;
  bool xx = false;
  bool gt = false;
  bool lt = false;

  bool allows(Milliseconds old, Milliseconds wanted) const {
    return !(nx && old != 0) && !(xx && old == 0) && !(gt && (old == 0 || wanted <= old)) &&
           !(lt && old != 0 && wanted >= old);
  }
};

bool read_condition(Call& call, ExpiryCondition& condition) {
  for (size_t i = 2; i < call.arguments(); ++i) {
    if (call.argument_is(i, "nx")) {
      condition.nx = true;
    } else if (call.argument_is(i, "xx")) {
      condition.xx = true;
    } else if (call.argument_is(i, "gt")) {
      condition.gt = true;
    } else if (call.argument_is(i, "lt")) {
      condition.lt = true;
    } else {
      call.reply.error("ERR Unsupported option " + std::string(call.argument(i)));
      return false;
    }
  }
  if (condition.nx && (condition.xx || condition.gt || condition.lt)) {
    call.reply.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return false;
  }
  if (condition.gt && condition.lt) {
    call.reply.error("ERR GT and LT options at the same time are not compatible");
    return false;
  }
  return true;
}

void expire_at(Call& call, bool in_seconds, bool is_relative) {
  ExpiryCondition condition;
  if (!read_condition(call, condition)) return;
  const auto number = parse_integer(call, call.argument(1));
  if (!number) return;
  const Milliseconds now = call.now();
  Milliseconds when = *number;
  if ((in_seconds && __builtin_mul_overflow(when, 1000, &when)) ||
      (is_relative && __builtin_add_overflow(when, now, &when))) {
    return call.reply.error("ERR invalid expire time in '" + std::string(call.client.last_command->name) +
                            "' command");
  }
  const std::string_view key = call.argument(0);
  const Entry* entry = call.find(key);
  if (entry == nullptr || !condition.allows(entry->expires_at(), when)) return call.reply.integer(0);
  if (when <= now) {
    call.keys().remove(key, now);
  } else {
    call.keys().set_expiry(key, when);
  }
  call.changed(key);
  call.reply.integer(1);
}

void expire(Call& call) { expire_at(call, true, true); }
void pexpire(Call& call) { expire_at(call, false, true); }
void expireat(Call& call) { expire_at(call, true, false); }
void pexpireat(Call& call) { expire_at(call, false, false); }

void reply_expiry(Call& call, bool in_seconds, bool is_relative) {
  const Entry* entry = call.find(call.argument(0));
  if (entry == nullptr) return call.reply.integer(-2);
  if (entry->expires_at() == 0) return call.reply.integer(-1);
  const Milliseconds when = entry->expires_at() - (is_relative ? call.now() : 0);
  call.reply.integer(in_seconds ? (when + 500) / 1000 : when);
}

void ttl(Call& call) { reply_expiry(call, true, true); }
void pttl(Call& call) { reply_expiry(call, false, true); }
void expiretime(Call& call) { reply_expiry(call, true, false); }
void pexpiretime(Call& call) { reply_expiry(call, false, false); }

void persist(Call& call) {
  const Entry* entry = call.find(call.argument(0));
  if (entry == nullptr || entry->expires_at() == 0) return call.reply.integer(0);
  call.keys().set_expiry(call.argument(0), 0);
  call.changed(call.argument(0));
  call.reply.integer(1);
}

void type(Call& call) {
  const Entry* entry = call.find(call.argument(0));
  call.reply.simple_string(entry == nullptr ? "none" : type_name(entry->type()));
}

bool is_live(const Entry& entry, Milliseconds now) {
  return entry.expires_at() == 0 || entry.expires_at() > now;
}

void keys(Call& call) {
  const std::string_view pattern = call.argument(0);
  std::vector<std::string_view> found;
  call.keys().for_each([&](const Entry& entry) {
    if (is_live(entry, call.now()) && (pattern == "*" || fits_glob(pattern, entry.key()))) {
      found.push_back(entry.key());
    }
  });
  call.reply.array(found.size());
  for (const auto key : found) call.reply.bulk_string(key);
}

void randomkey(Call& call) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries && call.keys().size() > 0; ++i) {
    const std::string key(call.keys().any(random_bits).key());
    if (call.keys().find(key, call.now()) != nullptr) return call.reply.bulk_string(key);
  }
  call.reply.null();
}

// SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
void scan(Call& call) {
  ScanOptions options;
  if (!read_scan_cursor(call, 0, options) || !read_scan_options(call, 1, true, options)) return;
  const std::string wanted_type = base::lower_case(options.type.value_or(""));
  std::string found;
  resp::Encoder encoder(found, call.reply.protocol());
  size_t count = 0;
  const uint64_t cursor = scan_some(&call.keys(), options, [&](const Entry& entry) {
    const bool fits = options.wants(entry.key()) && (!options.type || wanted_type == type_name(entry.type()));
    if (!fits || !is_live(entry, call.now())) return;
    encoder.bulk_string(entry.key());
    ++count;
  });
  reply_scanned(call, cursor, count, found);
}

void rename_to(Call& call, bool only_if_absent) {
  const std::string_view from = call.argument(0);
  const std::string_view to = call.argument(1);
  if (call.find(from) == nullptr) return call.reply.error("ERR no such key");
  const bool is_refused = only_if_absent && call.find(to) != nullptr;
  if (!is_refused && from != to) {
    call.keys().rename(from, to);
    call.changed(from);
    call.changed(to);
  }
  if (!only_if_absent) return call.reply.ok();
  call.reply.integer(is_refused || from == to ? 0 : 1);
}

void rename(Call& call) { rename_to(call, false); }
void renamenx(Call& call) { rename_to(call, true); }

void copy_value(store::Keyspace& keys, const Entry& from, std::string_view to) {
  const Milliseconds expires_at = from.expires_at();
  switch (from.type()) {
    case store::ValueType::kString: {
      const std::string value(from.value());
      return keys.set(to, value, expires_at);
    }
    case store::ValueType::kList: {
      auto list = std::make_unique<store::List>();
      from.as<store::List>().for_each(false, [&](size_t, std::string_view value) {
        list->push_back(value);
        return true;
      });
      keys.put(to, std::move(list), expires_at);
      return;
    }
    case store::ValueType::kHash: {
      auto hash = std::make_unique<store::Hash>(keys.secret());
      from.as<store::Hash>().for_each([&](const store::Item& item) { hash->set(item.key(), item.value()); });
      keys.put(to, std::move(hash), expires_at);
      return;
    }
    case store::ValueType::kSet: {
      auto set = std::make_unique<store::Set>(keys.secret());
      from.as<store::Set>().for_each([&](const store::Item& item) { set->add(item.key()); });
      keys.put(to, std::move(set), expires_at);
      return;
    }
    case store::ValueType::kSortedSet: {
      auto set = std::make_unique<store::SortedSet>(keys.secret());
      const auto& old = from.as<store::SortedSet>();
      old.for_range(0, old.size(), false,
                    [&](const store::SortedSet::Entry& entry) { set->set(entry.member(), entry.score); });
      keys.put(to, std::move(set), expires_at);
      return;
    }
  }
}

// COPY source destination [DB destination-db] [REPLACE]
void copy(Call& call) {
  bool replaces = false;
  for (size_t i = 2; i < call.arguments(); ++i) {
    if (call.argument_is(i, "replace")) {
      replaces = true;
    } else if (call.argument_is(i, "db") && i + 1 < call.arguments()) {
      const auto database = parse_integer(call, call.argument(++i));
      if (!database) return;
      if (*database != 0) return call.reply.error("ERR DB index is out of range");
    } else {
      return reply_syntax_error(call);
    }
  }
  const std::string_view from = call.argument(0);
  const std::string_view to = call.argument(1);
  if (from == to) return call.reply.error("ERR source and destination objects are the same");
  const Entry* target = call.find(to);
  const Entry* source = call.find(from);
  if (source == nullptr || (target != nullptr && !replaces)) return call.reply.integer(0);
  copy_value(call.keys(), *source, to);
  call.changed(to);
  call.reply.integer(1);
}

void dbsize(Call& call) { call.reply.integer(static_cast<int64_t>(call.keys().size())); }

void flushall(Call& call) {
  const bool is_known =
      call.arguments() == 0 ||
      (call.arguments() == 1 && (call.argument_is(0, "sync") || call.argument_is(0, "async")));
  if (!is_known) return reply_syntax_error(call);
  call.keys().for_each([&](const Entry& entry) { call.changed(entry.key()); });
  call.keys().clear();
  call.reply.ok();
}

}  // namespace

const std::vector<Command>& key_commands() {
  constexpr uint32_t kChangesFast = kWrite | kFast;
  constexpr uint32_t kReadsFast = kReadOnly | kFast;
  static const std::vector<Command> commands{
      {"copy", -3, kWrite | kDenyOom, kKeyspaceCategory, {1, 2, 1, kReads, kWrites}, copy},
      {"dbsize", 1, kReadsFast, kKeyspaceCategory, {}, dbsize},
      {"del", -2, kWrite, kKeyspaceCategory, {1, -1, 1, kWrites}, del},
      {"exists", -2, kReadsFast, kKeyspaceCategory, {1, -1, 1, kNoAccess}, exists},
      {"expire", -3, kChangesFast, kKeyspaceCategory, {1, 1, 1, kWrites}, expire},
      {"expireat", -3, kChangesFast, kKeyspaceCategory, {1, 1, 1, kWrites}, expireat},
      {"expiretime", 2, kReadsFast, kKeyspaceCategory, {1, 1, 1, kReads}, expiretime},
      {"flushall", -1, kWrite, kKeyspaceCategory | kDangerousCategory, {}, flushall},
      {"flushdb", -1, kWrite, kKeyspaceCategory | kDangerousCategory, {}, flushall},
      {"keys", 2, kReadOnly, kKeyspaceCategory | kDangerousCategory, {}, keys},
      {"persist", 2, kChangesFast, kKeyspaceCategory, {1, 1, 1, kWrites}, persist},
      {"pexpire", -3, kChangesFast, kKeyspaceCategory, {1, 1, 1, kWrites}, pexpire},
      {"pexpireat", -3, kChangesFast, kKeyspaceCategory, {1, 1, 1, kWrites}, pexpireat},
      {"pexpiretime", 2, kReadsFast, kKeyspaceCategory, {1, 1, 1, kReads}, pexpiretime},
      {"pttl", 2, kReadsFast, kKeyspaceCategory, {1, 1, 1, kReads}, pttl},
      {"randomkey", 1, kReadOnly, kKeyspaceCategory, {}, randomkey},
      {"rename", 3, kWrite, kKeyspaceCategory, {1, 2, 1, kReadsAndWrites, kWrites}, rename},
      {"renamenx", 3, kChangesFast, kKeyspaceCategory, {1, 2, 1, kReadsAndWrites, kWrites}, renamenx},
      {"scan", -2, kReadOnly, kKeyspaceCategory, {}, scan},
      {"touch", -2, kReadsFast, kKeyspaceCategory, {1, -1, 1, kNoAccess}, exists},
      {"ttl", 2, kReadsFast, kKeyspaceCategory, {1, 1, 1, kReads}, ttl},
      {"type", 2, kReadsFast, kKeyspaceCategory, {1, 1, 1, kNoAccess}, type},
      {"unlink", -2, kChangesFast, kKeyspaceCategory, {1, -1, 1, kWrites}, del},
  };
  return commands;
}

}  // namespace server
