#include "server/random_choice.h"

#include "server/ranges.h"

namespace server {

bool parse_random_count(Call& call, std::string_view values_word, RandomCount& wanted) {
  constexpr int64_t kMostRepeated = int64_t{1} << 24;  // what one reply may hold
  if (call.arguments() == 1) return true;
  const bool has_values = call.arguments() == 3 && !values_word.empty() && call.argument_is(2, values_word);
  const auto count = parse_integer(call, call.argument(1));
  if (!count) return false;
  if (*count == INT64_MIN) {
    call.reply.error(
        "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807");
    return false;
  }
  if (call.arguments() > 3 || (call.arguments() == 3 && !has_values)) {
    reply_syntax_error(call);
    return false;
  }
  if (*count < -kMostRepeated) {
    call.reply.error("ERR value is out of range");
    return false;
  }
  wanted.has_count = true;
  wanted.with_values = has_values;
  wanted.may_repeat = *count < 0;
  wanted.count = static_cast<size_t>(*count < 0 ? -*count : *count);
  return true;
}

}  // namespace server
