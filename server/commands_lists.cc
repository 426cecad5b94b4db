#include <algorithm>
#include <string>

#include "server/blocking.h"
#include "server/command.h"
#include "server/ranges.h"
#include "server/replies.h"
#include "store/list.h"

namespace server {
namespace {

using store::List;

enum class End { kLeft, kRight };

void push(List& list, End end, std::string_view value) {
  if (end == End::kLeft) return list.push_front(value);
  list.push_back(value);
}

std::string_view encoded_end(const List& list, End end) {
  return list.encoded(end == End::kLeft ? 0 : list.size() - 1);
}

void pop(List& list, End end) {
  if (end == End::kLeft) return list.pop_front();
  list.pop_back();
}

void push_all(Call& call, End end, bool only_if_present) {
  const std::string_view key = call.argument(0);
  List* list = nullptr;
  if (only_if_present) {
    if (!find_collection(call, key, list)) return;
    if (list == nullptr) return call.reply.integer(0);
  } else if (!find_or_make(call, key, list)) {
    return;
  }
  for (size_t i = 1; i < call.arguments(); ++i) push(*list, end, call.argument(i));
  call.changed(key);
  call.reply.integer(static_cast<int64_t>(list->size()));
}

void lpush(Call& call) { push_all(call, End::kLeft, false); }
void rpush(Call& call) { push_all(call, End::kRight, false); }
void lpushx(Call& call) { push_all(call, End::kLeft, true); }
void rpushx(Call& call) { push_all(call, End::kRight, true); }

// An array of so many elements of that end, which it takes out.
void reply_popped(Call& call, std::string_view key, List& list, End end, int64_t most) {
  const auto count = std::min(static_cast<size_t>(most), list.size());
  call.reply.array(count);
  for (size_t i = 0; i < count; ++i) {
    call.reply.encoded(encoded_end(list, end));
    pop(list, end);
  }
  if (count > 0) settle(call, key, list);
}

// LPOP key [count]
void pop_some(Call& call, End end) {
  const std::string_view key = call.argument(0);
  const bool has_count = call.arguments() > 1;
  if (call.arguments() > 2) return reply_wrong_number_of_arguments(call, call.client.last_command->name);
  std::optional<int64_t> count = 1;
  if (has_count && !(count = parse_positive(call, call.argument(1)))) return;
  List* list = nullptr;
  if (!find_collection(call, key, list)) return;
  if (list == nullptr) return has_count ? call.reply.null_array() : call.reply.null();
  if (has_count) return reply_popped(call, key, *list, end, *count);
  call.reply.encoded(encoded_end(*list, end));
  pop(*list, end);
  settle(call, key, *list);
}

void lpop(Call& call) { pop_some(call, End::kLeft); }
void rpop(Call& call) { pop_some(call, End::kRight); }

void llen(Call& call) {
  List* list = nullptr;
  if (!find_collection(call, call.argument(0), list)) return;
  call.reply.integer(list == nullptr ? 0 : static_cast<int64_t>(list->size()));
}

void lrange(Call& call) {
  IndexRange range;
  List* list = nullptr;
  if (!parse_index_range(call, 1, range) || !find_collection(call, call.argument(0), list)) return;
  range.resolve(list == nullptr ? 0 : list->size());
  call.reply.array(range.count);
  if (range.count > 0) list->append_range(call.reply.out(), range.first, range.count);
}

void ltrim(Call& call) {
  IndexRange range;
  List* list = nullptr;
  if (!parse_index_range(call, 1, range) || !find_collection(call, call.argument(0), list)) return;
  if (list != nullptr) {
    range.resolve(list->size());
    list->keep_range(range.count == 0 ? list->size() : range.first, range.count);
    settle(call, call.argument(0), *list);
  }
  call.reply.ok();
}

// Where an index that may count from the end is; nothing when it is outside.
std::optional<size_t> position_of(const List& list, int64_t index) {
  const auto size = static_cast<int64_t>(list.size());
  if (index < 0) index += size;
  if (index < 0 || index >= size) return std::nullopt;
  return static_cast<size_t>(index);
}

void lindex(Call& call) {
  List* list = nullptr;
  if (!find_collection(call, call.argument(0), list)) return;
  if (list == nullptr) return call.reply.null();
  const auto index = parse_integer(call, call.argument(1));
  if (!index) return;
  const auto position = position_of(*list, *index);
  if (!position) return call.reply.null();
  call.reply.encoded(list->encoded(*position));
}

void lset(Call& call) {
  List* list = nullptr;
  if (!find_collection(call, call.argument(0), list)) return;
  if (list == nullptr) return call.reply.error("ERR no such key");
  const auto index = parse_integer(call, call.argument(1));
  if (!index) return;
  const auto position = position_of(*list, *index);
  if (!position) return call.reply.error("ERR index out of range");
  list->replace(*position, call.argument(2));
  call.changed(call.argument(0));
  call.reply.ok();
}

// LINSERT key BEFORE | AFTER pivot element
void linsert(Call& call) {
  const bool is_before = call.argument_is(1, "before");
  if (!is_before && !call.argument_is(1, "after")) return reply_syntax_error(call);
  List* list = nullptr;
  if (!find_collection(call, call.argument(0), list)) return;
  if (list == nullptr) return call.reply.integer(0);
  size_t at = list->size();
  list->for_each(false, [&](size_t index, std::string_view value) {
    if (value == call.argument(2)) at = index;
    return at == list->size();
  });
  if (at == list->size()) return call.reply.integer(-1);
  list->insert(is_before ? at : at + 1, call.argument(3));
  call.changed(call.argument(0));
  call.reply.integer(static_cast<int64_t>(list->size()));
}

// LREM key count element: all where count is 0, from the end where it is negative.
void lrem(Call& call) {
  const auto count = parse_integer(call, call.argument(1));
  List* list = nullptr;
  if (!count || !find_collection(call, call.argument(0), list)) return;
  if (list == nullptr) return call.reply.integer(0);
  const bool from_end = *count < 0;
  const uint64_t most = *count == 0 ? UINT64_MAX
                        : from_end  ? uint64_t{0} - static_cast<uint64_t>(*count)
                                    : static_cast<uint64_t>(*count);
  const size_t removed = list->remove_equal(call.argument(2), most, from_end);
  if (removed > 0) settle(call, call.argument(0), *list);
  call.reply.integer(static_cast<int64_t>(removed));
}

struct PositionOptions {
  int64_t rank = 1;
  std::optional<int64_t> count;
  int64_t most_compared = 0;  // 0: all
};

bool read_position_options(Call& call, PositionOptions& options) {
  for (size_t i = 2; i < call.arguments(); i += 2) {
    const bool has_value = i + 1 < call.arguments();
    std::optional<int64_t> number;
    if (has_value && call.argument_is(i, "rank")) {
      if (!(number = parse_integer(call, call.argument(i + 1)))) return false;
      options.rank = *number;
      if (options.rank == 0) {
        call.reply.error(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use "
            "negative to start from the end of the list");
        return false;
      }
    } else if (has_value && call.argument_is(i, "count")) {
      number = parse_in_range(call, call.argument(i + 1), 0, INT64_MAX, "ERR COUNT can't be negative");
      if (!number) return false;
      options.count = number;
    } else if (has_value && call.argument_is(i, "maxlen")) {
      number = parse_in_range(call, call.argument(i + 1), 0, INT64_MAX, "ERR MAXLEN can't be negative");
      if (!number) return false;
      options.most_compared = *number;
    } else {
      reply_syntax_error(call);
      return false;
    }
  }
  return true;
}

// LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]
void lpos(Call& call) {
  PositionOptions options;
  List* list = nullptr;
  if (!read_position_options(call, options) || !find_collection(call, call.argument(0), list)) return;
  const size_t size = list == nullptr ? 0 : list->size();
  const auto compared = options.most_compared == 0 ? size : static_cast<size_t>(options.most_compared);
  const uint64_t skipped = options.rank > 0 ? static_cast<uint64_t>(options.rank) - 1
                                            : uint64_t{0} - static_cast<uint64_t>(options.rank) - 1;
  const size_t most = !options.count ? 1 : *options.count == 0 ? size : static_cast<size_t>(*options.count);
  std::vector<size_t> found;
  uint64_t matches = 0;
  size_t seen = 0;
  const auto visit = [&](size_t index, std::string_view value) {
    if (value == call.argument(1) && matches++ >= skipped) found.push_back(index);
    return ++seen < compared && found.size() < most;
  };
  if (list != nullptr) list->for_each(options.rank < 0, visit);
  if (!options.count) {
    if (found.empty()) return call.reply.null();
    return call.reply.integer(static_cast<int64_t>(found.front()));
  }
  call.reply.array(found.size());
  for (const size_t at : found) call.reply.integer(static_cast<int64_t>(at));
}

bool parse_end(Call& call, size_t argument, End& end) {
  const bool is_left = call.argument_is(argument, "left");
  if (!is_left && !call.argument_is(argument, "right")) {
    reply_syntax_error(call);
    return false;
  }
  end = is_left ? End::kLeft : End::kRight;
  return true;
}

// False when there is nothing to move, and nothing is replied.
bool move(Call& call, End from, End to) {
  const std::string_view source_key = call.argument(0);
  const std::string_view target_key = call.argument(1);
  List* source = nullptr;
  if (!find_collection(call, source_key, source)) return true;
  if (source == nullptr) return false;
  List* target = nullptr;
  if (!find_collection(call, target_key, target)) return true;
  const std::string encoded(encoded_end(*source, from));
  find_or_make(call, target_key, target);
  push(*target, to, store::bulk_value(encoded));
  pop(*source,
      from);  // after the push: a list that is moved within itself doesn't become empty, nor lose its expiry
  settle(call, source_key, *source);
  call.changed(target_key);
  call.reply.encoded(encoded);
  return true;
}

void lmove(Call& call) {
  End from{};
  End to{};
  if (!parse_end(call, 2, from) || !parse_end(call, 3, to)) return;
  if (!move(call, from, to)) call.reply.null();
}

void rpoplpush(Call& call) {
  if (!move(call, End::kRight, End::kLeft)) call.reply.null();
}

void move_or_wait(Call& call, End from, End to) {
  const auto timeout = parse_timeout(call, call.argument(call.arguments() - 1));
  if (timeout && !move(call, from, to))
    wait_for_keys(call, store::ValueType::kList, {call.argument(0)}, *timeout);
}

void blmove(Call& call) {
  End from{};
  End to{};
  if (parse_end(call, 2, from) && parse_end(call, 3, to)) move_or_wait(call, from, to);
}

void brpoplpush(Call& call) { move_or_wait(call, End::kRight, End::kLeft); }

// BLPOP key [key …] timeout
void pop_or_wait(Call& call, End end) {
  const auto timeout = parse_timeout(call, call.argument(call.arguments() - 1));
  if (!timeout) return;
  const auto keys = call.words.subspan(1, call.arguments() - 1);
  for (const std::string_view key : keys) {
    List* list = nullptr;
    if (!find_collection(call, key, list)) return;
    if (list == nullptr) continue;
    call.reply.array(2);
    call.reply.bulk_string(key);
    call.reply.encoded(encoded_end(*list, end));
    pop(*list, end);
    return settle(call, key, *list);
  }
  wait_for_keys(call, store::ValueType::kList, {keys.begin(), keys.end()}, *timeout);
}

void blpop(Call& call) { pop_or_wait(call, End::kLeft); }
void brpop(Call& call) { pop_or_wait(call, End::kRight); }

// numkeys key [key …] LEFT | RIGHT [COUNT count], from this argument on.
struct ManyPop {
  std::span<const std::string_view> keys;
  End end{};
  int64_t count = 1;
};

bool read_many_pop(Call& call, size_t at, ManyPop& pop) {
  if (!parse_counted_keys(call, at, pop.keys)) return false;
  at += 1 + pop.keys.size();
  if (at >= call.arguments()) {
    reply_syntax_error(call);
    return false;
  }
  return parse_end(call, at, pop.end) && parse_pop_count(call, at + 1, pop.count);
}

// False when there is nothing in any of them, and nothing is replied.
bool pop_first(Call& call, const ManyPop& pop) {
  for (const std::string_view key : pop.keys) {
    List* list = nullptr;
    if (!find_collection(call, key, list)) return true;
    if (list == nullptr) continue;
    call.reply.array(2);
    call.reply.bulk_string(key);
    reply_popped(call, key, *list, pop.end, pop.count);
    return true;
  }
  return false;
}

void lmpop(Call& call) {
  ManyPop pop;
  if (read_many_pop(call, 0, pop) && !pop_first(call, pop)) call.reply.null_array();
}

void blmpop(Call& call) {
  ManyPop pop;
  const auto timeout = parse_timeout(call, call.argument(0));
  if (!timeout || !read_many_pop(call, 1, pop) || pop_first(call, pop)) return;
  wait_for_keys(call, store::ValueType::kList, {pop.keys.begin(), pop.keys.end()}, *timeout);
}

}  // namespace

const std::vector<Command>& list_commands() {
  constexpr uint32_t kChanges = kWrite | kDenyOom;
  constexpr uint32_t kWaits = kWrite | kNoScript | kBlocking;
  static const std::vector<Command> commands{
      {"blmove", 6, kWaits | kDenyOom, kListCategory, {1, 2, 1, kReadsAndWrites, kWrites}, blmove},
      {"blmpop",
       -5,
       kWrite | kBlocking | kMovableKeys,
       kListCategory,
       {0, 0, 1, kReadsAndWrites, {}, 2},
       blmpop},
      {"blpop", -3, kWaits, kListCategory, {1, -2, 1, kReadsAndWrites}, blpop},
      {"brpop", -3, kWaits, kListCategory, {1, -2, 1, kReadsAndWrites}, brpop},
      {"brpoplpush", 4, kWaits | kDenyOom, kListCategory, {1, 2, 1, kReadsAndWrites, kWrites}, brpoplpush},
      {"lindex", 3, kReadOnly, kListCategory, {1, 1, 1, kReads}, lindex},
      {"linsert", 5, kChanges, kListCategory, {1, 1, 1, kWrites}, linsert},
      {"llen", 2, kReadOnly | kFast, kListCategory, {1, 1, 1, kNoAccess}, llen},
      {"lmove", 5, kChanges, kListCategory, {1, 2, 1, kReadsAndWrites, kWrites}, lmove},
      {"lmpop", -4, kWrite | kMovableKeys, kListCategory, {0, 0, 1, kReadsAndWrites, {}, 1}, lmpop},
      {"lpop", -2, kWrite | kFast, kListCategory, {1, 1, 1, kReadsAndWrites}, lpop},
      {"lpos", -3, kReadOnly, kListCategory, {1, 1, 1, kReads}, lpos},
      {"lpush", -3, kChanges | kFast, kListCategory, {1, 1, 1, kWrites}, lpush},
      {"lpushx", -3, kChanges | kFast, kListCategory, {1, 1, 1, kWrites}, lpushx},
      {"lrange", 4, kReadOnly, kListCategory, {1, 1, 1, kReads}, lrange},
      {"lrem", 4, kWrite, kListCategory, {1, 1, 1, kWrites}, lrem},
      {"lset", 4, kChanges, kListCategory, {1, 1, 1, kWrites}, lset},
      {"ltrim", 4, kWrite, kListCategory, {1, 1, 1, kWrites}, ltrim},
      {"rpop", -2, kWrite | kFast, kListCategory, {1, 1, 1, kReadsAndWrites}, rpop},
      {"rpoplpush", 3, kChanges, kListCategory, {1, 2, 1, kReadsAndWrites, kWrites}, rpoplpush},
      {"rpush", -3, kChanges | kFast, kListCategory, {1, 1, 1, kWrites}, rpush},
      {"rpushx", -3, kChanges | kFast, kListCategory, {1, 1, 1, kWrites}, rpushx},
  };
  return commands;
}

}  // namespace server
