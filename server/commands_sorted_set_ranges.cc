// ZRANGE and its family.

#include <algorithm>
#include <optional>
#include <string>

#include "server/command.h"
#include "server/member_range.h"
#include "server/ranges.h"
#include "server/replies.h"
#include "server/sorted_set_replies.h"

namespace server {
namespace {

using store::SortedSet;
using Entry = SortedSet::Entry;

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

}  // namespace

const std::vector<Command>& sorted_set_range_commands() {
  constexpr uint32_t kReadsFast = kReadOnly | kFast;
  constexpr KeyWords kRead{1, 1, 1, kReads};
  constexpr KeyWords kWritten{1, 1, 1, kWrites};
  constexpr uint32_t kSorted = kSortedSetCategory;
  static const std::vector<Command> commands{
      {"zcount", 4, kReadsFast, kSorted, kRead, zcount},
      {"zlexcount", 4, kReadsFast, kSorted, kRead, zlexcount},
      {"zrange", -4, kReadOnly, kSorted, kRead, zrange},
      {"zrangebylex", -4, kReadOnly, kSorted, kRead, zrangebylex},
      {"zrangebyscore", -4, kReadOnly, kSorted, kRead, zrangebyscore},
      {"zrangestore", -5, kWrite | kDenyOom, kSorted, {1, 2, 1, kWrites, kReads}, zrangestore},
      {"zremrangebylex", 4, kWrite, kSorted, kWritten, zremrangebylex},
      {"zremrangebyrank", 4, kWrite, kSorted, kWritten, zremrangebyrank},
      {"zremrangebyscore", 4, kWrite, kSorted, kWritten, zremrangebyscore},
      {"zrevrange", -4, kReadOnly, kSorted, kRead, zrevrange},
      {"zrevrangebylex", -4, kReadOnly, kSorted, kRead, zrevrangebylex},
      {"zrevrangebyscore", -4, kReadOnly, kSorted, kRead, zrevrangebyscore},
  };
  return commands;
}

}  // namespace server
