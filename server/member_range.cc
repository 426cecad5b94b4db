#include "server/member_range.h"

#include "server/replies.h"

namespace server {

bool MemberRange::parse_score(std::string_view text, Bound& bound) {
  bound.is_excluded = text.starts_with('(');
  const auto score = to_double(bound.is_excluded ? text.substr(1) : text);
  bound.score = score.value_or(0);
  return score || text == "(" || text.empty();  // nothing is 0 to Redis
}

bool MemberRange::parse_bytes(std::string_view text, Bound& bound) {
  if (text == "-" || text == "+") {
    bound.infinity = text == "-" ? -1 : 1;
    return true;
  }
  if (!text.starts_with('(') && !text.starts_with('[')) return false;
  bound.is_excluded = text[0] == '(';
  bound.bytes = text.substr(1);
  return true;
}

std::optional<MemberRange> MemberRange::parse_scores(Call& call, std::string_view least,
                                                     std::string_view most) {
  MemberRange range(true);
  if (parse_score(least, range.least_) && parse_score(most, range.most_)) return range;
  call.reply.error("ERR min or max is not a float");
  return std::nullopt;
}

std::optional<MemberRange> MemberRange::parse_bytes(Call& call, std::string_view least,
                                                    std::string_view most) {
  MemberRange range(false);
  if (parse_bytes(least, range.least_) && parse_bytes(most, range.most_)) return range;
  call.reply.error("ERR min or max not valid string range item");
  return std::nullopt;
}

// Less than, equal to or greater than 0, as the entry lies before, at or behind the bound.
int MemberRange::compare(const store::SortedSet::Entry& entry, const Bound& bound) const {
  if (bound.infinity != 0) return -bound.infinity;
  if (!is_by_score_) return entry.member().compare(bound.bytes);
  return entry.score < bound.score ? -1 : entry.score > bound.score ? 1 : 0;
}

std::pair<size_t, size_t> MemberRange::ranks_in(const store::SortedSet& set) const {
  const size_t first = set.count_before([&](const store::SortedSet::Entry& entry) {
    const int order = compare(entry, least_);
    return least_.is_excluded ? order <= 0 : order < 0;
  });
  const size_t end = set.count_before([&](const store::SortedSet::Entry& entry) {
    const int order = compare(entry, most_);
    return most_.is_excluded ? order < 0 : order <= 0;
  });
  return {first, end > first ? end - first : 0};
}

}  // namespace server
