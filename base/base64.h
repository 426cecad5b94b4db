#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

// RFC 4648, section 4, padded and on one line.
std::string to_base64(std::string_view bytes);

// White space between characters is skipped; nothing when it is not of that form.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace base
