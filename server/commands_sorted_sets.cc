#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "server/blocking.h"
#include "server/command.h"
#include "server/member_range.h"
#include "server/random_choice.h"
#include "server/ranges.h"
#include "server/replies.h"
#include "store/set.h"
#include "store/sorted_set.h"

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

void reply_member(Call& call, const Entry& entry) { call.reply.encoded(entry.item->encoded_key()); }

// One after another, or with RESP3 each member and its score in an array of their own.
class MemberReply {
 public:
  MemberReply(Call& call, size_t count, bool with_scores) : call_(call), with_scores_(with_scores) {
    nests_ = with_scores && call.reply.protocol() > 2;
    call.reply.array(with_scores && !nests_ ? 2 * count : count);
  }
  void add(const Entry& entry) {
    if (nests_) call_.reply.array(2);
    reply_member(call_, entry);
    if (with_scores_) call_.reply.number(entry.score);
  }

 private:
  Call& call_;
  bool with_scores_;
  bool nests_ = false;
};

enum class RangeBy { kRank, kScore, kBytes };

// What the commands of ZRANGE's family ask for.
struct RangeQuery {
  RangeBy by = RangeBy::kRank;
  bool is_reversed = false;
  bool with_scores = false;
  bool has_limit = false;
  int64_t offset = 0;
  int64_t most = -1;  // negative: all

  IndexRange indexes;
  std::optional<MemberRange> members;
};

bool is_option(const Call& call, size_t at, std::string_view word, bool is_allowed) {
  return is_allowed && call.argument_is(at, word);
}

// Options from the argument `at` on; those that ZRANGE alone has where `is_general`.
bool read_range_options(Call& call, size_t at, bool is_general, bool may_have_scores, RangeQuery& query) {
  for (; at < call.arguments(); ++at) {
    if (is_option(call, at, "withscores", may_have_scores)) {
      query.with_scores = true;
    } else if (call.argument_is(at, "limit") && at + 2 < call.arguments()) {
      const auto offset = parse_integer(call, call.argument(at + 1));
      const auto most = offset ? parse_integer(call, call.argument(at + 2)) : std::nullopt;
      if (!most) return false;
      query.has_limit = true;
      query.offset = *offset;
      query.most = *most;
      at += 2;
    } else if (is_option(call, at, "rev", is_general)) {
      query.is_reversed = true;
    } else if (is_option(call, at, "byscore", is_general)) {
      query.by = RangeBy::kScore;
    } else if (is_option(call, at, "bylex", is_general)) {
      query.by = RangeBy::kBytes;
    } else {
      reply_syntax_error(call);
      return false;
    }
  }
  if (query.has_limit && query.most != -1 && query.by == RangeBy::kRank) {
    call.reply.error("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
    return false;
  }
  if (query.with_scores && query.by == RangeBy::kBytes) {
    call.reply.error("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    return false;
  }
  return true;
}

// The two ends, from the argument `at` on.
bool read_range_ends(Call& call, size_t at, RangeQuery& query) {
  if (query.by == RangeBy::kRank) return parse_index_range(call, at, query.indexes);
  const std::string_view least = call.argument(query.is_reversed ? at + 1 : at);
  const std::string_view most = call.argument(query.is_reversed ? at : at + 1);
  query.members = query.by == RangeBy::kScore ? MemberRange::parse_scores(call, least, most)
                                              : MemberRange::parse_bytes(call, least, most);
  return query.members.has_value();
}

// The ranks that it asks for, counted from where it begins: the first, and how many.
std::pair<size_t, size_t> ranks_of(const SortedSet& set, RangeQuery& query) {
  const size_t size = set.size();
  if (query.by == RangeBy::kRank) {
    query.indexes.resolve(size);
    const auto [first, count] = std::pair(query.indexes.first, query.indexes.count);
    return {query.is_reversed && count > 0 ? size - 1 - first : first, count};
  }
  auto [first, count] = query.members->ranks_in(set);
  if (query.offset < 0 || static_cast<size_t>(query.offset) >= count) return {0, 0};
  const auto skipped = static_cast<size_t>(query.offset);
  const size_t rest = count - skipped;
  const size_t wanted = query.most < 0 ? rest : std::min(rest, static_cast<size_t>(query.most));
  return {query.is_reversed ? first + count - 1 - skipped : first + skipped, wanted};
}

void reply_range(Call& call, RangeQuery query, bool is_general) {
  SortedSet* set = nullptr;
  if (!read_range_options(call, 3, is_general, true, query) || !read_range_ends(call, 1, query) ||
      !find_collection(call, call.argument(0), set)) {
    return;
  }
  const auto [first, count] = set == nullptr ? std::pair<size_t, size_t>() : ranks_of(*set, query);
  MemberReply reply(call, count, query.with_scores);
  if (count == 0) return;
  set->for_range(first, count, query.is_reversed, [&](const Entry& entry) { reply.add(entry); });
}

void zrange(Call& call) { reply_range(call, {}, true); }
void zrevrange(Call& call) { reply_range(call, {.is_reversed = true}, false); }
void zrangebyscore(Call& call) { reply_range(call, {.by = RangeBy::kScore}, false); }
void zrevrangebyscore(Call& call) { reply_range(call, {.by = RangeBy::kScore, .is_reversed = true}, false); }
void zrangebylex(Call& call) { reply_range(call, {.by = RangeBy::kBytes}, false); }
void zrevrangebylex(Call& call) { reply_range(call, {.by = RangeBy::kBytes, .is_reversed = true}, false); }

// Puts it in the place of what the key has, and replies its size.
void store_result(Call& call, std::string_view key, std::unique_ptr<SortedSet> result) {
  const size_t size = result->size();
  if (size > 0) {
    call.keys().put(key, std::move(result), 0);
    call.changed(key);
  } else if (call.keys().remove(key, call.now())) {
    call.changed(key);
  }
  call.reply.integer(static_cast<int64_t>(size));
}

void zrangestore(Call& call) {
  RangeQuery query;
  SortedSet* set = nullptr;
  if (!read_range_options(call, 4, true, false, query) || !read_range_ends(call, 2, query) ||
      !find_collection(call, call.argument(1), set)) {
    return;
  }
  auto result = std::make_unique<SortedSet>(call.keys().secret());
  if (set != nullptr) {
    const auto [first, count] = ranks_of(*set, query);
    set->for_range(first, count, query.is_reversed,
                   [&](const Entry& entry) { result->set(entry.member(), entry.score); });
  }
  store_result(call, call.argument(0), std::move(result));
}

void reply_count(Call& call, RangeBy by) {
  RangeQuery query{.by = by};
  SortedSet* set = nullptr;
  if (!read_range_ends(call, 1, query) || !find_collection(call, call.argument(0), set)) return;
  call.reply.integer(set == nullptr ? 0 : static_cast<int64_t>(ranks_of(*set, query).second));
}

void zcount(Call& call) { reply_count(call, RangeBy::kScore); }
void zlexcount(Call& call) { reply_count(call, RangeBy::kBytes); }

void remove_range(Call& call, RangeBy by) {
  RangeQuery query{.by = by};
  SortedSet* set = nullptr;
  if (!read_range_ends(call, 1, query) || !find_collection(call, call.argument(0), set)) return;
  if (set == nullptr) return call.reply.integer(0);
  const auto [first, count] = ranks_of(*set, query);
  std::vector<std::string> members;
  set->for_range(first, count, false, [&](const Entry& entry) { members.emplace_back(entry.member()); });
  for (const std::string& member : members) set->remove(member);
  if (count > 0) settle(call, call.argument(0), *set);
  call.reply.integer(static_cast<int64_t>(count));
}

void zremrangebyrank(Call& call) { remove_range(call, RangeBy::kRank); }
void zremrangebyscore(Call& call) { remove_range(call, RangeBy::kScore); }
void zremrangebylex(Call& call) { remove_range(call, RangeBy::kBytes); }

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

// A sorted set, a set, whose members all have the score 1, or neither.
struct Input {
  const SortedSet* sorted = nullptr;
  const store::Set* plain = nullptr;
  double weight = 1;

  size_t size() const { return sorted != nullptr ? sorted->size() : plain != nullptr ? plain->size() : 0; }

  std::optional<double> score(std::string_view member) const {
    if (sorted != nullptr) return sorted->score(member);
    if (plain != nullptr && plain->find(member) != nullptr) return 1;
    return std::nullopt;
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    if (sorted != nullptr) {
      sorted->for_range(0, sorted->size(), false,
                        [&](const Entry& entry) { visit(*entry.item, entry.score); });
    } else if (plain != nullptr) {
      plain->for_each([&](const store::Item& item) { visit(item, 1.0); });
    }
  }
};

bool find_input(Call& call, std::string_view key, Input& input) {
  const auto* entry = call.find(key);
  if (entry == nullptr) return true;
  if (entry->type() == store::ValueType::kSortedSet) {
    input.sorted = &entry->as<SortedSet>();
  } else if (entry->type() == store::ValueType::kSet) {
    input.plain = &entry->as<store::Set>();
  } else {
    reply_wrong_type(call);
    return false;
  }
  return true;
}

enum class Operation { kUnion, kIntersection, kDifference };
enum class Aggregate { kSum, kMin, kMax };

struct Combination {
  Operation operation;
  std::vector<Input> inputs{};
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
  size_t limit = SIZE_MAX;

  double aggregated(double a, double b) const {
    if (aggregate == Aggregate::kMin) return std::min(a, b);
    if (aggregate == Aggregate::kMax) return std::max(a, b);
    return std::isnan(a + b) ? 0 : a + b;  // -inf and inf
  }
};

bool read_aggregate(Call& call, size_t at, Aggregate& aggregate) {
  if (call.argument_is(at, "sum")) {
    aggregate = Aggregate::kSum;
  } else if (call.argument_is(at, "min")) {
    aggregate = Aggregate::kMin;
  } else if (call.argument_is(at, "max")) {
    aggregate = Aggregate::kMax;
  } else {
    reply_syntax_error(call);
    return false;
  }
  return true;
}

// What becomes of a combination.
enum class Outcome { kStored, kShown, kCounted };

bool read_limit(Call& call, size_t at, size_t& limit) {
  const auto number = parse_in_range(call, call.argument(at), 0, INT64_MAX, "ERR LIMIT can't be negative");
  if (number && *number != 0) limit = static_cast<size_t>(*number);
  return number.has_value();
}

// numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX] [WITHSCORES] [LIMIT limit], from this
// argument on, where they make sense.
bool read_combination(Call& call, size_t at, Outcome outcome, Combination& combination) {
  const auto count = parse_integer(call, call.argument(at));
  if (!count) return false;
  if (*count < 1) {
    call.reply.error("ERR at least 1 input key is needed for '" +
                     std::string(call.client.last_command->name) + "' command");
    return false;
  }
  if (static_cast<uint64_t>(*count) > call.arguments() - at - 1) {
    reply_syntax_error(call);
    return false;
  }
  const auto keys = static_cast<size_t>(*count);
  for (++at; combination.inputs.size() < keys; ++at) {
    if (!find_input(call, call.argument(at), combination.inputs.emplace_back())) return false;
  }
  const bool is_counted = outcome == Outcome::kCounted;
  const bool is_weighted = combination.operation != Operation::kDifference && !is_counted;
  for (; at < call.arguments(); ++at) {
    const size_t left = call.arguments() - at - 1;
    if (is_option(call, at, "weights", is_weighted && left >= keys)) {
      for (Input& input : combination.inputs) {
        const auto weight = to_double(call.argument(++at));
        if (!weight) {
          call.reply.error("ERR weight value is not a float");
          return false;
        }
        input.weight = *weight;
      }
    } else if (is_option(call, at, "aggregate", is_weighted && left >= 1)) {
      if (!read_aggregate(call, ++at, combination.aggregate)) return false;
    } else if (is_option(call, at, "withscores", outcome == Outcome::kShown)) {
      combination.with_scores = true;
    } else if (is_option(call, at, "limit", is_counted && left >= 1)) {
      if (!read_limit(call, ++at, combination.limit)) return false;
    } else {
      reply_syntax_error(call);
      return false;
    }
  }
  return true;
}

double weighted(double score, double weight) {
  const double product = score * weight;
  return std::isnan(product) ? 0 : product;  // 0 times infinity
}

std::unique_ptr<SortedSet> combine(const store::Keyspace& keys, Combination combination) {
  auto result = std::make_unique<SortedSet>(keys.secret());
  auto& inputs = combination.inputs;
  if (combination.operation != Operation::kDifference) {
    std::stable_sort(inputs.begin(), inputs.end(),
                     [](const Input& a, const Input& b) { return a.size() < b.size(); });
  }
  if (combination.operation == Operation::kUnion) {
    for (const Input& input : inputs) {
      input.for_each([&](const store::Item& item, double score) {
        const auto old = result->score(item.key());
        const double wanted = weighted(score, input.weight);
        result->set(item.key(), old ? combination.aggregated(*old, wanted) : wanted);
      });
    }
    return result;
  }
  const bool is_intersection = combination.operation == Operation::kIntersection;
  inputs.front().for_each([&](const store::Item& item, double score) {
    double sum = weighted(score, inputs.front().weight);
    for (size_t i = 1; i < inputs.size(); ++i) {
      const auto other = inputs[i].score(item.key());
      if (other.has_value() != is_intersection) return;
      if (other) sum = combination.aggregated(sum, *other * inputs[i].weight);
    }
    result->set(item.key(), sum);
  });
  return result;
}

void reply_combined(Call& call, Operation operation) {
  Combination combination{operation};
  if (!read_combination(call, 0, Outcome::kShown, combination)) return;
  const auto result = combine(call.keys(), combination);
  MemberReply reply(call, result->size(), combination.with_scores);
  result->for_range(0, result->size(), false, [&](const Entry& entry) { reply.add(entry); });
}

void zunion(Call& call) { reply_combined(call, Operation::kUnion); }
void zinter(Call& call) { reply_combined(call, Operation::kIntersection); }
void zdiff(Call& call) { reply_combined(call, Operation::kDifference); }

void store_combined(Call& call, Operation operation) {
  Combination combination{operation};
  if (!read_combination(call, 1, Outcome::kStored, combination)) return;
  store_result(call, call.argument(0), combine(call.keys(), combination));
}

void zunionstore(Call& call) { store_combined(call, Operation::kUnion); }
void zinterstore(Call& call) { store_combined(call, Operation::kIntersection); }
void zdiffstore(Call& call) { store_combined(call, Operation::kDifference); }

// ZINTERCARD numkeys key [key …] [LIMIT limit]
void zintercard(Call& call) {
  Combination combination{Operation::kIntersection};
  if (!read_combination(call, 0, Outcome::kCounted, combination)) return;
  const size_t size = combine(call.keys(), combination)->size();
  call.reply.integer(static_cast<int64_t>(std::min(size, combination.limit)));
}

}  // namespace

const std::vector<Command>& sorted_set_commands() {
  constexpr uint32_t kChanges = kWrite | kDenyOom;
  constexpr uint32_t kReadsFast = kReadOnly | kFast;
  constexpr KeyWords kRead{1, 1, 1, kReads};
  constexpr KeyWords kWritten{1, 1, 1, kWrites};
  constexpr KeyWords kPopped{1, 1, 1, kReadsAndWrites};
  constexpr KeyWords kCounted{0, 0, 1, kReads, {}, 1};
  constexpr KeyWords kStored{1, 1, 1, kWrites, kReads, 2};
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
      {"zcount", 4, kReadsFast, kSorted, kRead, zcount},
      {"zdiff", -3, kReadOnly | kMovableKeys, kSorted, kCounted, zdiff},
      {"zdiffstore", -4, kChanges | kMovableKeys, kSorted, kStored, zdiffstore},
      {"zincrby", 4, kChanges | kFast, kSorted, kPopped, zincrby},
      {"zinter", -3, kReadOnly | kMovableKeys, kSorted, kCounted, zinter},
      {"zintercard", -3, kReadOnly | kMovableKeys, kSorted, kCounted, zintercard},
      {"zinterstore", -4, kChanges | kMovableKeys, kSorted, kStored, zinterstore},
      {"zlexcount", 4, kReadsFast, kSorted, kRead, zlexcount},
      {"zmpop", -4, kWrite | kMovableKeys, kSorted, {0, 0, 1, kReadsAndWrites, {}, 1}, zmpop},
      {"zmscore", -3, kReadsFast, kSorted, kRead, zmscore},
      {"zpopmax", -2, kWrite | kFast, kSorted, kPopped, zpopmax},
      {"zpopmin", -2, kWrite | kFast, kSorted, kPopped, zpopmin},
      {"zrandmember", -2, kReadOnly, kSorted, kRead, zrandmember},
      {"zrange", -4, kReadOnly, kSorted, kRead, zrange},
      {"zrangebylex", -4, kReadOnly, kSorted, kRead, zrangebylex},
      {"zrangebyscore", -4, kReadOnly, kSorted, kRead, zrangebyscore},
      {"zrangestore", -5, kChanges, kSorted, {1, 2, 1, kWrites, kReads}, zrangestore},
      {"zrank", 3, kReadsFast, kSorted, kRead, zrank},
      {"zrem", -3, kWrite | kFast, kSorted, kWritten, zrem},
      {"zremrangebylex", 4, kWrite, kSorted, kWritten, zremrangebylex},
      {"zremrangebyrank", 4, kWrite, kSorted, kWritten, zremrangebyrank},
      {"zremrangebyscore", 4, kWrite, kSorted, kWritten, zremrangebyscore},
      {"zrevrange", -4, kReadOnly, kSorted, kRead, zrevrange},
      {"zrevrangebylex", -4, kReadOnly, kSorted, kRead, zrevrangebylex},
      {"zrevrangebyscore", -4, kReadOnly, kSorted, kRead, zrevrangebyscore},
      {"zrevrank", 3, kReadsFast, kSorted, kRead, zrevrank},
      {"zscan", -3, kReadOnly, kSorted, kRead, zscan},
      {"zscore", 3, kReadsFast, kSorted, kRead, zscore},
      {"zunion", -3, kReadOnly | kMovableKeys, kSorted, kCounted, zunion},
      {"zunionstore", -4, kChanges | kMovableKeys, kSorted, kStored, zunionstore},
  };
  return commands;
}

}  // namespace server
