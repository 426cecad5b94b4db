#include <charconv>

#include "base/words.h"
#include "server/command.h"
#include "server/keyspace.h"
#include "server/server.h"

namespace server {
namespace {

void get(Call& call) {
  const auto* entry = call.server.keyspace().find(call.argument(0), call.now());
  if (entry == nullptr) return call.reply.null();
  call.reply.encoded(entry->bulk_string());
}

struct SetOptions {
  Milliseconds expires_at = 0;
  bool keeps_expiry = false;
  bool only_if_absent = false;
  bool only_if_present = false;
  bool returns_old = false;

  bool needs_old() const { return keeps_expiry || only_if_absent || only_if_present || returns_old; }
};

bool read_expiry(Call& call, std::string_view option, std::string_view text, Milliseconds& expires_at) {
  const auto number = parse_integer(call, text);
  if (!number) return false;
  const bool in_seconds = option[0] == 'e' || option[0] == 'E';
  const bool relative = option.size() == 2;
  constexpr int64_t kMost = INT64_MAX / 2000;
  if (*number <= 0 || *number > kMost) {
    call.reply.error("ERR invalid expire time in 'set' command");
    return false;
  }
  expires_at = *number * (in_seconds ? 1000 : 1) + (relative ? call.now() : 0);
  return true;
}

// False when the reply is given already.
bool read_set_options(Call& call, SetOptions& options) {
  bool has_expiry = false;
  for (size_t i = 2; i < call.arguments(); ++i) {
    const std::string option = base::lower_case(call.argument(i));
    if (option == "nx" && !options.only_if_present) {
      options.only_if_absent = true;
    } else if (option == "xx" && !options.only_if_absent) {
      options.only_if_present = true;
    } else if (option == "get") {
      options.returns_old = true;
    } else if (option == "keepttl" && !has_expiry) {
      options.keeps_expiry = true;
    } else if ((option == "ex" || option == "px" || option == "exat" || option == "pxat") && !has_expiry &&
               !options.keeps_expiry && i + 1 < call.arguments()) {
      has_expiry = true;
      if (!read_expiry(call, option, call.argument(++i), options.expires_at)) return false;
    } else {
      reply_syntax_error(call);
      return false;
    }
  }
  return true;
}

void set(Call& call) {
  SetOptions options;
  if (!read_set_options(call, options)) return;
  Keyspace& keys = call.server.keyspace();
  const auto* old = options.needs_old() ? keys.find(call.argument(0), call.now()) : nullptr;
  const bool refused =
      (options.only_if_absent && old != nullptr) || (options.only_if_present && old == nullptr);
  if (options.returns_old) {
    if (old != nullptr) {
      call.reply.encoded(old->bulk_string());
    } else {
      call.reply.null();
    }
  } else if (refused) {
    call.reply.null();
  } else {
    call.reply.ok();
  }
  if (refused) return;
  if (options.keeps_expiry && old != nullptr) options.expires_at = old->expires_at();
  keys.set(call.argument(0), call.argument(1), options.expires_at);
}

void del(Call& call) {
  int64_t removed = 0;
  for (const std::string_view key : call.words.subspan(1)) {
    if (call.server.keyspace().remove(key, call.now())) ++removed;
  }
  call.reply.integer(removed);
}

void exists(Call& call) {
  int64_t found = 0;
  for (const std::string_view key : call.words.subspan(1)) {
    if (call.server.keyspace().find(key, call.now()) != nullptr) ++found;
  }
  call.reply.integer(found);
}

void add(Call& call, int64_t amount) {
  Keyspace& keys = call.server.keyspace();
  const auto* entry = keys.find(call.argument(0), call.now());
  int64_t number = 0;
  if (entry != nullptr) {
    const auto old = parse_integer(call, entry->value());
    if (!old) return;
    number = *old;
  }
  if (__builtin_add_overflow(number, amount, &number)) {
    return call.reply.error("ERR increment or decrement would overflow");
  }
  keys.set(call.argument(0), std::to_string(number), entry != nullptr ? entry->expires_at() : 0);
  call.reply.integer(number);
}

void incr(Call& call) { add(call, 1); }
void decr(Call& call) { add(call, -1); }

void incrby(Call& call) {
  if (const auto amount = parse_integer(call, call.argument(1))) add(call, *amount);
}

void decrby(Call& call) {
  const auto amount = parse_integer(call, call.argument(1));
  if (!amount) return;
  if (*amount == INT64_MIN) return call.reply.error("ERR decrement would overflow");
  add(call, -*amount);
}

void mget(Call& call) {
  call.reply.array(call.arguments());
  for (const std::string_view key : call.words.subspan(1)) {
    const auto* entry = call.server.keyspace().find(key, call.now());
    if (entry != nullptr) {
      call.reply.encoded(entry->bulk_string());
    } else {
      call.reply.null();
    }
  }
}

void mset(Call& call) {
  if (call.arguments() % 2 != 0) return call.reply.error("ERR wrong number of arguments for 'mset' command");
  for (size_t i = 0; i < call.arguments(); i += 2) {
    call.server.keyspace().set(call.argument(i), call.argument(i + 1), 0);
  }
  call.reply.ok();
}

// EXPIRE key seconds [NX | XX | GT | LT]; a key without expiry counts as one that expires last.
void expire(Call& call) {
  const auto seconds = parse_integer(call, call.argument(1));
  if (!seconds) return;
  const Milliseconds now = call.now();
  constexpr int64_t kMost = INT64_MAX / 2000;
  if (*seconds > kMost || *seconds < -kMost)
    return call.reply.error("ERR invalid expire time in 'expire' command");
  if (call.arguments() > 3) return reply_syntax_error(call);
  const std::string condition = call.arguments() == 3 ? base::lower_case(call.argument(2)) : "";
  if (!condition.empty() && condition != "nx" && condition != "xx" && condition != "gt" &&
      condition != "lt") {
    return call.reply.error("ERR Unsupported option " + std::string(call.argument(2)));
  }
  const auto* entry = call.server.keyspace().find(call.argument(0), now);
  if (entry == nullptr) return call.reply.integer(0);
  const Milliseconds old = entry->expires_at();
  const Milliseconds wanted = now + *seconds * 1000;
  const bool refused = (condition == "nx" && old != 0) || (condition == "xx" && old == 0) ||
                       (condition == "gt" && (old == 0 || wanted <= old)) ||
                       (condition == "lt" && old != 0 && wanted >= old);
  if (refused) return call.reply.integer(0);
  if (*seconds <= 0) {
    call.server.keyspace().remove(call.argument(0), now);
  } else {
    call.server.keyspace().set_expiry(call.argument(0), wanted);
  }
  call.reply.integer(1);
}

void ttl(Call& call) {
  const Milliseconds now = call.now();
  const auto* entry = call.server.keyspace().find(call.argument(0), now);
  if (entry == nullptr) return call.reply.integer(-2);
  if (entry->expires_at() == 0) return call.reply.integer(-1);
  call.reply.integer((entry->expires_at() - now + 500) / 1000);
}

void dbsize(Call& call) { call.reply.integer(static_cast<int64_t>(call.server.keyspace().size())); }

void flushall(Call& call) {
  if (call.arguments() > 1) return reply_syntax_error(call);
  if (call.arguments() == 1) {
    const std::string mode = base::lower_case(call.argument(0));
    if (mode != "sync" && mode != "async") return reply_syntax_error(call);
  }
  call.server.keyspace().clear();
  call.reply.ok();
}

}  // namespace

const std::vector<Command>& key_commands() {
  static const std::vector<Command> commands{
      {"dbsize", 1, false, dbsize},     {"del", -2, false, del, 1},        {"exists", -2, false, exists, 1},
      {"expire", -3, false, expire, 1}, {"flushall", -1, false, flushall}, {"get", 2, false, get, 1},
      {"decr", 2, false, decr, 1},      {"decrby", 3, false, decrby, 1},   {"incr", 2, false, incr, 1},
      {"incrby", 3, false, incrby, 1},  {"mget", -2, false, mget, 1},      {"mset", -3, false, mset, 1},
      {"set", -3, false, set, 1},       {"ttl", 2, false, ttl, 1},
  };
  return commands;
}

}  // namespace server
