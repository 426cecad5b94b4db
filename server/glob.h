#pragma once

#include <string_view>

namespace server {

// Whether all of `text` fits Redis' pattern: * ? [abc] [^a-z] and \ before a character that means itself.
// Bounded in time by the product of their lengths.
bool fits_glob(std::string_view pattern, std::string_view text, bool ignores_case = false);

}  // namespace server
