#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "server/command.h"
#include "server/expiry.h"
#include "server/replies.h"

namespace server {
namespace {

using Entry = store::Keyspace::Entry;

constexpr size_t kLongestString = size_t{512} << 20;

void reply_value(Call& call, const Entry* entry) {
  if (entry == nullptr) return call.reply.null();
  call.reply.encoded(entry->bulk_string());
}

store::Milliseconds expiry_of(const Entry* entry) { return entry == nullptr ? 0 : entry->expires_at(); }

void write(Call& call, std::string_view key, std::string_view value, store::Milliseconds expires_at) {
  call.keys().set(key, value, expires_at);
  call.changed(key);
}

void remove(Call& call, std::string_view key) {
  if (call.keys().remove(key, call.now())) call.changed(key);
}

void get(Call& call) {
  const Entry* entry = nullptr;
  if (find_string(call, call.argument(0), entry)) reply_value(call, entry);
}

void getset(Call& call) {
  const Entry* entry = nullptr;
  if (!find_string(call, call.argument(0), entry)) return;
  reply_value(call, entry);
  write(call, call.argument(0), call.argument(1), 0);
}

void getdel(Call& call) {
  const Entry* entry = nullptr;
  if (!find_string(call, call.argument(0), entry)) return;
  reply_value(call, entry);
  remove(call, call.argument(0));
}

struct SetOptions {
  std::optional<ExpiryForm> expiry;
  std::string_view expiry_text;
  bool keeps_expiry = false;
  bool only_if_absent = false;
  bool only_if_present = false;
  bool returns_old = false;

  bool needs_old() const { return keeps_expiry || only_if_absent || only_if_present || returns_old; }
};

// False when the reply is given already.
bool read_set_options(Call& call, SetOptions& options) {
  for (size_t i = 2; i < call.arguments(); ++i) {
    const auto form = expiry_form(call, i);
    if (call.argument_is(i, "nx") && !options.only_if_present) {
      options.only_if_absent = true;
    } else if (call.argument_is(i, "xx") && !options.only_if_absent) {
      options.only_if_present = true;
    } else if (call.argument_is(i, "get")) {
      options.returns_old = true;
    } else if (call.argument_is(i, "keepttl") && !options.expiry) {
      options.keeps_expiry = true;
    } else if (form && !options.expiry && !options.keeps_expiry && i + 1 < call.arguments()) {
      options.expiry = form;
      options.expiry_text = call.argument(++i);
    } else {
      reply_syntax_error(call);
      return false;
    }
  }
  return true;
}

void set(Call& call) {
  if (call.arguments() == 2) {
    write(call, call.argument(0), call.argument(1), 0);
    return call.reply.ok();
  }
  SetOptions options;
  if (!read_set_options(call, options)) return;
  store::Milliseconds expires_at = 0;
  if (options.expiry) {
    const auto when = parse_expiry(call, options.expiry_text, *options.expiry);
    if (!when) return;
    expires_at = *when;
  }
  const Entry* old = options.needs_old() ? call.find(call.argument(0)) : nullptr;
  if (options.returns_old && !find_string(call, call.argument(0), old)) return;
  const bool is_refused =
      (options.only_if_absent && old != nullptr) || (options.only_if_present && old == nullptr);
  if (options.returns_old) {
    reply_value(call, old);
  } else if (is_refused) {
    call.reply.null();
  } else {
    call.reply.ok();
  }
  if (is_refused) return;
  write(call, call.argument(0), call.argument(1), options.keeps_expiry ? expiry_of(old) : expires_at);
}

void set_for(Call& call, bool in_seconds) {
  const auto when = parse_expiry(call, call.argument(1), {in_seconds, true});
  if (!when) return;
  write(call, call.argument(0), call.argument(2), *when);
  call.reply.ok();
}

void setex(Call& call) { set_for(call, true); }
void psetex(Call& call) { set_for(call, false); }

void setnx(Call& call) {
  if (call.find(call.argument(0)) != nullptr) return call.reply.integer(0);
  write(call, call.argument(0), call.argument(1), 0);
  call.reply.integer(1);
}

// GETEX key [EX s | PX ms | EXAT s | PXAT ms | PERSIST]
void getex(Call& call) {
  std::optional<ExpiryForm> form;
  std::string_view text;
  bool persists = false;
  for (size_t i = 1; i < call.arguments(); ++i) {
    const auto named = expiry_form(call, i);
    if (named && !form && !persists && i + 1 < call.arguments()) {
      form = named;
      text = call.argument(++i);
    } else if (call.argument_is(i, "persist") && !form) {
      persists = true;
    } else {
      return reply_syntax_error(call);
    }
  }
  const std::string_view key = call.argument(0);
  const Entry* entry = nullptr;
  if (!find_string(call, key, entry)) return;
  if (entry == nullptr) return call.reply.null();
  store::Milliseconds expires_at = 0;
  if (form) {
    const auto when = parse_expiry(call, text, *form);
    if (!when) return;
    expires_at = *when;
  }
  reply_value(call, entry);
  if (form && expires_at <= call.now()) {
    remove(call, key);
  } else if (form || (persists && entry->expires_at() != 0)) {
    call.keys().set_expiry(key, expires_at);
    call.changed(key);
  }
}

void strlen(Call& call) {
  const Entry* entry = nullptr;
  if (!find_string(call, call.argument(0), entry)) return;
  call.reply.integer(entry == nullptr ? 0 : static_cast<int64_t>(entry->value().size()));
}

bool require_length(Call& call, size_t length) {
  if (length <= kLongestString) return true;
  call.reply.error("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
  return false;
}

void append(Call& call) {
  const Entry* entry = nullptr;
  if (!find_string(call, call.argument(0), entry)) return;
  const size_t before = entry == nullptr ? 0 : entry->value().size();
  if (!require_length(call, before + call.argument(1).size())) return;
  std::string value;
  value.reserve(before + call.argument(1).size());
  if (entry != nullptr) value = entry->value();
  value += call.argument(1);
  write(call, call.argument(0), value, expiry_of(entry));
  call.reply.integer(static_cast<int64_t>(value.size()));
}

void getrange(Call& call) {
  const auto first = parse_integer(call, call.argument(1));
  const auto last = first ? parse_integer(call, call.argument(2)) : std::nullopt;
  const Entry* entry = nullptr;
  if (!last || !find_string(call, call.argument(0), entry)) return;
  const std::string_view value = entry == nullptr ? std::string_view() : entry->value();
  const auto size = static_cast<int64_t>(value.size());
  if (*first < 0 && *last < 0 && *first > *last) return call.reply.bulk_string("");
  const int64_t from = std::max<int64_t>(*first < 0 ? *first + size : *first, 0);
  const int64_t to = std::min(std::max<int64_t>(*last < 0 ? *last + size : *last, 0), size - 1);
  if (from > to || size == 0) return call.reply.bulk_string("");
  call.reply.bulk_string(value.substr(static_cast<size_t>(from), static_cast<size_t>(to - from + 1)));
}

// Writes into the value where it is, or into a longer one that is padded with zeros.
template <typename Change>
void overwrite(Call& call, const Entry* entry, size_t needed, Change&& change) {
  const std::string_view key = call.argument(0);
  if (entry != nullptr && entry->value().size() >= needed) {
    change(call.keys().writable_value(*entry));
    return call.changed(key);
  }
  std::string value(entry == nullptr ? std::string_view() : entry->value());
  value.resize(std::max(needed, value.size()));
  change(value.data());
  write(call, key, value, expiry_of(entry));
}

void setrange(Call& call) {
  const auto offset = parse_integer(call, call.argument(1));
  if (!offset) return;
  if (*offset < 0) return call.reply.error("ERR offset is out of range");
  const Entry* entry = nullptr;
  if (!find_string(call, call.argument(0), entry)) return;
  const std::string_view text = call.argument(2);
  const size_t size = entry == nullptr ? 0 : entry->value().size();
  if (text.empty()) return call.reply.integer(static_cast<int64_t>(size));
  const auto at = static_cast<size_t>(*offset);
  if (!require_length(call, at > kLongestString ? at : at + text.size())) return;
  overwrite(call, entry, at + text.size(),
            [&](char* bytes) { std::copy(text.begin(), text.end(), bytes + at); });
  call.reply.integer(static_cast<int64_t>(std::max(size, at + text.size())));
}

std::optional<size_t> parse_bit_offset(Call& call, std::string_view text) {
  const auto offset = parse_in_range(call, text, 0, static_cast<int64_t>(kLongestString) * 8 - 1,
                                     "ERR bit offset is not an integer or out of range");
  if (!offset) return std::nullopt;
  return static_cast<size_t>(*offset);
}

bool bit_of(std::string_view value, size_t bit) {
  return bit / 8 < value.size() && (static_cast<unsigned char>(value[bit / 8]) >> (7 - bit % 8) & 1) != 0;
}

void setbit(Call& call) {
  const auto bit = parse_bit_offset(call, call.argument(1));
  if (!bit) return;
  const auto on = parse_in_range(call, call.argument(2), 0, 1, "ERR bit is not an integer or out of range");
  const Entry* entry = nullptr;
  if (!on || !find_string(call, call.argument(0), entry)) return;
  const bool was_on = entry != nullptr && bit_of(entry->value(), *bit);
  const auto mask = static_cast<char>(1 << (7 - *bit % 8));
  overwrite(call, entry, *bit / 8 + 1, [&](char* bytes) {
    char& byte = bytes[*bit / 8];
    byte = static_cast<char>(*on == 1 ? byte | mask : byte & ~mask);
  });
  call.reply.integer(was_on ? 1 : 0);
}

void getbit(Call& call) {
  const auto bit = parse_bit_offset(call, call.argument(1));
  const Entry* entry = nullptr;
  if (!bit || !find_string(call, call.argument(0), entry)) return;
  call.reply.integer(entry != nullptr && bit_of(entry->value(), *bit) ? 1 : 0);
}

int64_t count_bits(std::string_view value, int64_t first, int64_t last) {
  int64_t bits = 0;
  for (; first <= last && first % 8 != 0; ++first) bits += bit_of(value, static_cast<size_t>(first)) ? 1 : 0;
  for (; first + 7 <= last; first += 8) {
    bits += std::popcount(static_cast<unsigned char>(value[static_cast<size_t>(first / 8)]));
  }
  for (; first <= last; ++first) bits += bit_of(value, static_cast<size_t>(first)) ? 1 : 0;
  return bits;
}

// BITCOUNT key [start end [BYTE | BIT]]
void bitcount(Call& call) {
  const Entry* entry = nullptr;
  if (!find_string(call, call.argument(0), entry)) return;
  if (entry == nullptr) return call.reply.integer(0);
  int64_t unit = 8;
  std::optional<int64_t> first = 0;
  std::optional<int64_t> last = -1;
  if (call.arguments() > 1) {
    if (call.arguments() == 2 || call.arguments() > 4) return reply_syntax_error(call);
    if (!(first = parse_integer(call, call.argument(1))) || !(last = parse_integer(call, call.argument(2)))) {
      return;
    }
    if (*first < 0 && *last < 0 && *first > *last) return call.reply.integer(0);
    if (call.arguments() == 4) {
      if (call.argument_is(3, "bit")) {
        unit = 1;
      } else if (!call.argument_is(3, "byte")) {
        return reply_syntax_error(call);
      }
    }
  }
  const auto size = static_cast<int64_t>(entry->value().size()) * 8 / unit;
  const int64_t from = std::max<int64_t>(*first < 0 ? *first + size : *first, 0);
  const int64_t to = std::min(std::max<int64_t>(*last < 0 ? *last + size : *last, 0), size - 1);
  if (from > to) return call.reply.integer(0);
  call.reply.integer(count_bits(entry->value(), from * unit, (to + 1) * unit - 1));
}

void add(Call& call, int64_t amount) {
  const Entry* entry = nullptr;
  if (!find_string(call, call.argument(0), entry)) return;
  int64_t number = 0;
  if (entry != nullptr) {
    const auto old = parse_integer(call, entry->value());
    if (!old) return;
    number = *old;
  }
  if (__builtin_add_overflow(number, amount, &number)) {
    return call.reply.error("ERR increment or decrement would overflow");
  }
  write(call, call.argument(0), std::to_string(number), expiry_of(entry));
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

void incrbyfloat(Call& call) {
  const Entry* entry = nullptr;
  if (!find_string(call, call.argument(0), entry)) return;
  const auto old = entry == nullptr ? 0 : to_long_double(entry->value());
  const auto amount = to_long_double(call.argument(1));
  if (!old || !amount) return call.reply.error("ERR value is not a valid float");
  const long double sum = *old + *amount;
  if (std::isnan(sum) || std::isinf(sum)) {
    return call.reply.error("ERR increment would produce NaN or Infinity");
  }
  const std::string text = format_long_double(sum);
  write(call, call.argument(0), text, expiry_of(entry));
  call.reply.bulk_string(text);
}

void mget(Call& call) {
  call.reply.array(call.arguments());
  for (const std::string_view key : call.words.subspan(1)) {
    const Entry* entry = call.find(key);
    const bool is_string = entry != nullptr && entry->type() == store::ValueType::kString;
    reply_value(call, is_string ? entry : nullptr);
  }
}

bool require_pairs(Call& call, std::string_view command) {
  if (call.arguments() % 2 == 0) return true;
  reply_wrong_number_of_arguments(call, command);
  return false;
}

void mset(Call& call) {
  if (!require_pairs(call, "mset")) return;
  for (size_t i = 0; i < call.arguments(); i += 2) write(call, call.argument(i), call.argument(i + 1), 0);
  call.reply.ok();
}

void msetnx(Call& call) {
  if (!require_pairs(call, "msetnx")) return;
  for (size_t i = 0; i < call.arguments(); i += 2) {
    if (call.find(call.argument(i)) != nullptr) return call.reply.integer(0);
  }
  for (size_t i = 0; i < call.arguments(); i += 2) write(call, call.argument(i), call.argument(i + 1), 0);
  call.reply.integer(1);
}

}  // namespace

const std::vector<Command>& string_commands() {
  constexpr uint32_t kChanges = kWrite | kDenyOom;
  static const std::vector<Command> commands{
      {"append", 3, kChanges | kFast, kStringCategory, {1, 1, 1, kWrites}, append},
      {"bitcount", -2, kReadOnly, kBitmapCategory, {1, 1, 1, kReads}, bitcount},
      {"decr", 2, kChanges | kFast, kStringCategory, {1, 1, 1, kReadsAndWrites}, decr},
      {"decrby", 3, kChanges | kFast, kStringCategory, {1, 1, 1, kReadsAndWrites}, decrby},
      {"get", 2, kReadOnly | kFast, kStringCategory, {1, 1, 1, kReads}, get},
      {"getbit", 3, kReadOnly | kFast, kBitmapCategory, {1, 1, 1, kReads}, getbit},
      {"getdel", 2, kWrite | kFast, kStringCategory, {1, 1, 1, kReadsAndWrites}, getdel},
      {"getex", -2, kWrite | kFast, kStringCategory, {1, 1, 1, kReadsAndWrites}, getex},
      {"getrange", 4, kReadOnly, kStringCategory, {1, 1, 1, kReads}, getrange},
      {"getset", 3, kChanges | kFast, kStringCategory, {1, 1, 1, kReadsAndWrites}, getset},
      {"incr", 2, kChanges | kFast, kStringCategory, {1, 1, 1, kReadsAndWrites}, incr},
      {"incrby", 3, kChanges | kFast, kStringCategory, {1, 1, 1, kReadsAndWrites}, incrby},
      {"incrbyfloat", 3, kChanges | kFast, kStringCategory, {1, 1, 1, kReadsAndWrites}, incrbyfloat},
      {"mget", -2, kReadOnly | kFast, kStringCategory, {1, -1, 1, kReads}, mget},
      {"mset", -3, kChanges, kStringCategory, {1, -1, 2, kWrites}, mset},
      {"msetnx", -3, kChanges, kStringCategory, {1, -1, 2, kWrites}, msetnx},
      {"psetex", 4, kChanges, kStringCategory, {1, 1, 1, kWrites}, psetex},
      {"set", -3, kChanges, kStringCategory, {1, 1, 1, kWrites, {}, 0, "get"}, set},
      {"setbit", 4, kChanges, kBitmapCategory, {1, 1, 1, kReadsAndWrites}, setbit},
      {"setex", 4, kChanges, kStringCategory, {1, 1, 1, kWrites}, setex},
      {"setnx", 3, kChanges | kFast, kStringCategory, {1, 1, 1, kWrites}, setnx},
      {"setrange", 4, kChanges, kStringCategory, {1, 1, 1, kWrites}, setrange},
      {"strlen", 2, kReadOnly | kFast, kStringCategory, {1, 1, 1, kNoAccess}, strlen},
      {"substr", 4, kReadOnly, kStringCategory, {1, 1, 1, kReads}, getrange},
  };
  return commands;
}

}  // namespace server
