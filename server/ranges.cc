#include "server/ranges.h"

#include <algorithm>

#include "server/replies.h"

namespace server {

void IndexRange::resolve(size_t size) {
  const auto elements = static_cast<int64_t>(size);
  const int64_t from = std::max<int64_t>(start < 0 ? start + elements : start, 0);
  const int64_t to = std::min(stop < 0 ? stop + elements : stop, elements - 1);
  first = static_cast<size_t>(from);
  count = from > to ? 0 : static_cast<size_t>(to - from + 1);
}

bool parse_index_range(Call& call, size_t at, IndexRange& range) {
  const auto start = parse_integer(call, call.argument(at));
  const auto stop = start ? parse_integer(call, call.argument(at + 1)) : std::nullopt;
  if (!stop) return false;
  range.start = *start;
  range.stop = *stop;
  return true;
}

std::optional<int64_t> parse_positive(Call& call, std::string_view text) {
  return parse_in_range(call, text, 0, INT64_MAX, "ERR value is out of range, must be positive");
}

bool parse_counted_keys(Call& call, size_t at, std::span<const std::string_view>& keys) {
  const auto count =
      parse_in_range(call, call.argument(at), 1, INT64_MAX, "ERR numkeys should be greater than 0");
  if (!count) return false;
  if (static_cast<uint64_t>(*count) > call.arguments() - at - 1) {
    reply_syntax_error(call);
    return false;
  }
  keys = call.words.subspan(at + 2, static_cast<size_t>(*count));
  return true;
}

bool parse_pop_count(Call& call, size_t at, int64_t& count) {
  if (at == call.arguments()) return true;
  if (at + 2 != call.arguments() || !call.argument_is(at, "count")) {
    reply_syntax_error(call);
    return false;
  }
  const auto number =
      parse_in_range(call, call.argument(at + 1), 1, INT64_MAX, "ERR count should be greater than 0");
  if (!number) return false;
  count = *number;
  return true;
}

}  // namespace server
