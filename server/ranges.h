#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "server/command.h"

namespace server {

// A range of indexes as LRANGE and ZRANGE take it: both ends are in it, and may count from the end.
struct IndexRange {
  int64_t start = 0;
  int64_t stop = 0;

  // After resolve(): what it is of `size` elements.
  size_t first = 0;
  size_t count = 0;
  void resolve(size_t size);
};

// Of this argument and the next. False when the reply that says what is wrong is given; so below.
bool parse_index_range(Call& call, size_t at, IndexRange& range);

// An integer that is not negative, or nothing.
std::optional<int64_t> parse_positive(Call& call, std::string_view text);

// "numkeys key [key …]" from this argument on.
bool parse_counted_keys(Call& call, size_t at, std::span<const std::string_view>& keys);

// "[COUNT count]", which is all from this argument on.
bool parse_pop_count(Call& call, size_t at, int64_t& count);

}  // namespace server
