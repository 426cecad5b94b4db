#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "server/command.h"
#include "store/sorted_set.h"

namespace server {

// Part of a sorted set: by score, as "1.5", "(1.5", "-inf"; or by bytes among those of the same score, as
// "[abc", "(abc", "-", "+".
class MemberRange {
 public:
  // Nothing, and the reply that says what is wrong.
  static std::optional<MemberRange> parse_scores(Call& call, std::string_view least, std::string_view most);
  static std::optional<MemberRange> parse_bytes(Call& call, std::string_view least, std::string_view most);

  // The ranks that are in it: the first, and how many.
  std::pair<size_t, size_t> ranks_in(const store::SortedSet& set) const;

 private:
  struct Bound {
    double score = 0;
    std::string_view bytes;
    int infinity = 0;  // of bytes: -1 is before, 1 behind all
    bool is_excluded = false;
  };

  explicit MemberRange(bool is_by_score) : is_by_score_(is_by_score) {}
  static bool parse_score(std::string_view text, Bound& bound);
  static bool parse_bytes(std::string_view text, Bound& bound);
  int compare(const store::SortedSet::Entry& entry, const Bound& bound) const;

  bool is_by_score_;
  Bound least_;
  Bound most_;
};

}  // namespace server
