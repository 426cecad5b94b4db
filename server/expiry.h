#pragma once

#include <optional>
#include <string_view>

#include "server/command.h"

namespace server {

// How a number says when a key expires.
struct ExpiryForm {
  bool in_seconds;   // else milliseconds
  bool is_relative;  // to now; else since 1970
};

// Of EX, PX, EXAT, PXAT; nothing for other words.
std::optional<ExpiryForm> expiry_form(const Call& call, size_t argument);

// The point in time, which must not lie before 1970; or nothing and the reply that says what is wrong.
std::optional<store::Milliseconds> parse_expiry(Call& call, std::string_view text, ExpiryForm form);

}  // namespace server
