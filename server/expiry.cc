#include "server/expiry.h"

#include "server/replies.h"

namespace server {

std::optional<ExpiryForm> expiry_form(const Call& call, size_t argument) {
  if (call.argument_is(argument, "ex")) return ExpiryForm{true, true};
  if (call.argument_is(argument, "px")) return ExpiryForm{false, true};
  if (call.argument_is(argument, "exat")) return ExpiryForm{true, false};
  if (call.argument_is(argument, "pxat")) return ExpiryForm{false, false};
  return std::nullopt;
}

std::optional<store::Milliseconds> parse_expiry(Call& call, std::string_view text, ExpiryForm form) {
  const auto number = parse_integer(call, text);
  if (!number) return std::nullopt;
  store::Milliseconds when = *number;
  const bool is_good = when > 0 && !(form.in_seconds && __builtin_mul_overflow(when, 1000, &when)) &&
                       !(form.is_relative && __builtin_add_overflow(when, call.now(), &when));
  if (is_good) return when;
  call.reply.error("ERR invalid expire time in '" + std::string(call.client.last_command->name) +
                   "' command");
  return std::nullopt;
}

}  // namespace server
