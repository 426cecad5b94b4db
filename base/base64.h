#pragma once

#include <string>
#include <string_view>

namespace base {

// RFC 4648, section 4, padded and on one line.
std::string to_base64(std::string_view bytes);

}  // namespace base
