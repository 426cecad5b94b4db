#include <algorithm>
#include <cmath>
#include <string>

#include "server/blocking.h"
#include "server/command.h"
#include "server/random_choice.h"
#include "server/ranges.h"
#include "server/replies.h"
#include "server/sorted_set_replies.h"

namespace server {
namespace {

using store::SortedSet;
using Entry = SortedSet::Entry;

size_t size_of(const SortedSet* set) { return set == nullptr ? 0 : set->size(); }

struct AddOptions {
  bool nx = false;
  bool xx = false;
  bool gt = false;
  bool lt = false;
  bool counts_changed = false;
  bool increments = false;

  // Whether a member with the score `old` may get another one.
  bool allows(double old, double wanted) const {
    return !nx && !(gt && wanted <= old) && !(lt && wanted >= old);
  }
};

// The first argument behind the options.
size_t read_add_options(Call& call, AddOptions& options) {
  size_t at = 1;
  for (; at < call.arguments(); ++at) {
    if (call.argument_is(at, "nx")) {
      options.nx = true;
    } else if (call.argument_is(at, "xx")) {
      options.xx = true;
    } else if (call.argument_is(at, "gt")) {
      options.gt = true;
    } else if (call.argument_is(at, "lt")) {
      options.lt = true;
    } else if (call.argument_is(at, "ch")) {
      options.counts_changed = true;
    } else if (call.argument_is(at, "incr")) {
      options.increments = true;
    } else {
      break;
    }
  }
  return at;
}

bool are_compatible(Call& call, const AddOptions& options, size_t pairs) {
  const char* error = nullptr;
  if (options.nx && options.xx) error = "ERR XX and NX options at the same time are not compatible";
  if (!error && ((options.gt && options.nx) || (options.lt && options.nx) || (options.gt && options.lt))) {
    error = "ERR GT, LT, and/or NX options at the same time are not compatible";
  }
  if (!error && options.increments && pairs > 1) {
    error = "ERR INCR option supports a single increment-element pair";
  }
  if (error) call.reply.error(error);
  return error == nullptr;
}

void increment(Call& call, SortedSet& set, std::string_view member, double amount,
               const AddOptions& options) {
  const std::string_view key = call.argument(0);
  const auto old = set.score(member);
  const double score = old ? *old + amount : amount;
  if (std::isnan(score)) {
    call.reply.error("ERR resulting score is not a number (NaN)");
  } else if (old ? !options.allows(*old, score) : options.xx) {
    call.reply.null();
  } else {
    set.set(member, score);
    call.changed(key);
    call.reply.number(score);
  }
  if (set.size() == 0) call.keys().remove(key, call.now());
}

void add_from(Call& call, size_t at, const AddOptions& options) {
  const size_t words = call.arguments() - at;
  if (words == 0 || words % 2 != 0) return reply_syntax_error(call);
  if (!are_compatible(call, options, words / 2)) return;
  std::vector<double> scores;
  for (size_t i = at; i < call.arguments(); i += 2) {
    const auto score = parse_float(call, call.argument(i));
    if (!score) return;
    scores.push_back(*score);
  }
  const std::string_view key = call.argument(0);
  SortedSet* set = nullptr;
  if (!find_collection(call, key, set)) return;
  if (set == nullptr && options.xx) return options.increments ? call.reply.null() : call.reply.integer(0);
  find_or_make(call, key, set);
  if (options.increments) return increment(call, *set, call.argument(at + 1), scores[0], options);
  int64_t added = 0;
  int64_t updated = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    const std::string_view member = call.argument(at + 2 * i + 1);
    const auto old = set->score(member);
    if (old ? *old == scores[i] || !options.allows(*old, scores[i]) : options.xx) continue;
    set->set(member, scores[i]);
    ++(old ? updated : added);
  }
  if (added + updated > 0) call.changed(key);
  call.reply.integer(options.counts_changed ? added + updated : added);
}

void zadd(Call& call) {
  AddOptions options;
  const size_t at = read_add_options(call, options);
  add_from(call, at, options);
}

void zincrby(Call& call) { add_from(call, 1, {.increments = true}); }

void zrem(Call& call) {
  SortedSet* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  int64_t removed = 0;
  for (size_t i = 1; set != nullptr && i < call.arguments(); ++i) {
    if (set->remove(call.argument(i))) ++removed;
  }
  if (removed > 0) settle(call, call.argument(0), *set);
  call.reply.integer(removed);
}

void zcard(Call& call) {
  SortedSet* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  call.reply.integer(static_cast<int64_t>(size_of(set)));
}

void reply_score(Call& call, const SortedSet* set, std::string_view member) {
  const auto score = set == nullptr ? std::nullopt : set->score(member);
  if (!score) return call.reply.null();
  call.reply.number(*score);
}

void zscore(Call& call) {
  SortedSet* set = nullptr;
  if (find_collection(call, call.argument(0), set)) reply_score(call, set, call.argument(1));
}

void zmscore(Call& call) {
  SortedSet* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  call.reply.array(call.arguments() - 1);
  for (size_t i = 1; i < call.arguments(); ++i) reply_score(call, set, call.argument(i));
}

void reply_rank(Call& call, bool from_end) {
  SortedSet* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  if (set == nullptr || !set->score(call.argument(1))) return call.reply.null();
  const size_t rank = set->rank(call.argument(1));
  call.reply.integer(static_cast<int64_t>(from_end ? set->size() - 1 - rank : rank));
}

void zrank(Call& call) { reply_rank(call, false); }
void zrevrank(Call& call) { reply_rank(call, true); }

enum class Side { kLeast, kMost };

const Entry& end_of(const SortedSet& set, Side side) {
  return set.at(side == Side::kLeast ? 0 : set.size() - 1);
}

void reply_and_pop(Call& call, SortedSet& set, Side side) {
  const Entry& entry = end_of(set, side);
  reply_member(call, entry);
  call.reply.number(entry.score);
  set.remove(entry.member());
}

// ZPOPMIN key [count]
void pop_some(Call& call, Side side) {
  if (call.arguments() > 2) return reply_syntax_error(call);
  const bool has_count = call.arguments() == 2;
  std::optional<int64_t> wanted = 1;
  if (has_count && !(wanted = parse_positive(call, call.argument(1)))) return;
  SortedSet* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  const size_t count = std::min(static_cast<size_t>(*wanted), size_of(set));
  const bool nests = has_count && call.reply.protocol() > 2;
  call.reply.array(nests ? count : 2 * count);
  for (size_t i = 0; i < count; ++i) {
    if (nests) call.reply.array(2);
    reply_and_pop(call, *set, side);
  }
  if (count > 0) settle(call, call.argument(0), *set);
}

void zpopmin(Call& call) { pop_some(call, Side::kLeast); }
void zpopmax(Call& call) { pop_some(call, Side::kMost); }

// BZPOPMIN key [key …] timeout
void pop_or_wait(Call& call, Side side) {
  const auto timeout = parse_timeout(call, call.argument(call.arguments() - 1));
  if (!timeout) return;
  const auto keys = call.words.subspan(1, call.arguments() - 1);
  for (const std::string_view key : keys) {
    SortedSet* set = nullptr;
    if (!find_collection(call, key, set)) return;
    if (set == nullptr) continue;
    call.reply.array(3);
    call.reply.bulk_string(key);
    reply_and_pop(call, *set, side);
    return settle(call, key, *set);
  }
  wait_for_keys(call, store::ValueType::kSortedSet, {keys.begin(), keys.end()}, *timeout);
}

void bzpopmin(Call& call) { pop_or_wait(call, Side::kLeast); }
void bzpopmax(Call& call) { pop_or_wait(call, Side::kMost); }

// numkeys key [key …] MIN | MAX [COUNT count], from this argument on.
struct ManyPop {
  std::span<const std::string_view> keys;
  Side side{};
  int64_t count = 1;
};

bool read_many_pop(Call& call, size_t at, ManyPop& pop) {
  if (!parse_counted_keys(call, at, pop.keys)) return false;
  at += 1 + pop.keys.size();
  const bool is_least = at < call.arguments() && call.argument_is(at, "min");
  if (!is_least && (at >= call.arguments() || !call.argument_is(at, "max"))) {
    reply_syntax_error(call);
    return false;
  }
  pop.side = is_least ? Side::kLeast : Side::kMost;
  return parse_pop_count(call, at + 1, pop.count);
}

// False when there is nothing in any of them, and nothing is replied.
bool pop_first(Call& call, const ManyPop& pop) {
  for (const std::string_view key : pop.keys) {
    SortedSet* set = nullptr;
    if (!find_collection(call, key, set)) return true;
    if (set == nullptr) continue;
    const size_t count = std::min(static_cast<size_t>(pop.count), set->size());
    call.reply.array(2);
    call.reply.bulk_string(key);
    call.reply.array(count);
    for (size_t i = 0; i < count; ++i) {
      call.reply.array(2);
      reply_and_pop(call, *set, pop.side);
    }
    settle(call, key, *set);
    return true;
  }
  return false;
}

void zmpop(Call& call) {
  ManyPop pop;
  if (read_many_pop(call, 0, pop) && !pop_first(call, pop)) call.reply.null_array();
}

void bzmpop(Call& call) {
  ManyPop pop;
  const auto timeout = parse_timeout(call, call.argument(0));
  if (!timeout || !read_many_pop(call, 1, pop) || pop_first(call, pop)) return;
  wait_for_keys(call, store::ValueType::kSortedSet, {pop.keys.begin(), pop.keys.end()}, *timeout);
}

std::vector<const store::Item*> items_in_order(const SortedSet& set) {
  std::vector<const store::Item*> items;
  set.for_range(0, set.size(), false, [&](const Entry& entry) { items.push_back(entry.item); });
  return items;
}

// ZRANDMEMBER key [count [WITHSCORES]]
void zrandmember(Call& call) {
  RandomCount wanted;
  if (!parse_random_count(call, "withscores", wanted)) return;
  SortedSet* set = nullptr;
  if (!find_collection(call, call.argument(0), set)) return;
  if (!wanted.has_count) {
    if (set == nullptr) return call.reply.null();
    return call.reply.encoded(set->any(random_bits).encoded_key());
  }
  const auto chosen = choose(set, wanted, [&] { return items_in_order(*set); });
  MemberReply reply(call, chosen.size(), wanted.with_values);
  for (const auto* item : chosen) reply.add({*set->score(item->key()), item});
}

// ZSCAN key cursor [MATCH pattern] [COUNT count]
void zscan(Call& call) {
  ScanOptions options;
  SortedSet* set = nullptr;
  if (!begin_scan(call, options, set)) return;
  std::string found;
  resp::Encoder encoder(found, 2);  // a score is a string in any version
  size_t count = 0;
  const uint64_t cursor = scan_some(set, options, [&](const Entry& entry) {
    if (!options.wants(entry.member())) return;
    encoder.encoded(entry.item->encoded_key());
    encoder.number(entry.score);
    count += 2;
  });
  reply_scanned(call, cursor, count, found);
}

}  // namespace

const std::vector<Command>& sorted_set_commands() {
  constexpr uint32_t kChanges = kWrite | kDenyOom;
  constexpr uint32_t kReadsFast = kReadOnly | kFast;
  constexpr KeyWords kRead{1, 1, 1, kReads};
  constexpr KeyWords kWritten{1, 1, 1, kWrites};
  constexpr KeyWords kPopped{1, 1, 1, kReadsAndWrites};
  constexpr uint32_t kSorted = kSortedSetCategory;
  static const std::vector<Command> commands{
      {"bzmpop", -5, kWrite | kBlocking | kMovableKeys, kSorted, {0, 0, 1, kReadsAndWrites, {}, 2}, bzmpop},
      {"bzpopmax",
       -3,
       kWrite | kNoScript | kBlocking | kFast,
       kSorted,
       {1, -2, 1, kReadsAndWrites},
       bzpopmax},
      {"bzpopmin",
       -3,
       kWrite | kNoScript | kBlocking | kFast,
       kSorted,
       {1, -2, 1, kReadsAndWrites},
       bzpopmin},
      {"zadd", -4, kChanges | kFast, kSorted, kWritten, zadd},
      {"zcard", 2, kReadsFast, kSorted, {1, 1, 1, kNoAccess}, zcard},
      {"zincrby", 4, kChanges | kFast, kSorted, kPopped, zincrby},
      {"zmpop", -4, kWrite | kMovableKeys, kSorted, {0, 0, 1, kReadsAndWrites, {}, 1}, zmpop},
      {"zmscore", -3, kReadsFast, kSorted, kRead, zmscore},
      {"zpopmax", -2, kWrite | kFast, kSorted, kPopped, zpopmax},
      {"zpopmin", -2, kWrite | kFast, kSorted, kPopped, zpopmin},
      {"zrandmember", -2, kReadOnly, kSorted, kRead, zrandmember},
      {"zrank", 3, kReadsFast, kSorted, kRead, zrank},
      {"zrem", -3, kWrite | kFast, kSorted, kWritten, zrem},
      {"zrevrank", 3, kReadsFast, kSorted, kRead, zrevrank},
      {"zscan", -3, kReadOnly, kSorted, kRead, zscan},
      {"zscore", 3, kReadsFast, kSorted, kRead, zscore},
  };
  return commands;
}

}  // namespace server
