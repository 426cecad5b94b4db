#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace pki {

// SHA-256 over the parts, each with its length before it; lower-case hex.
std::string sha256_of(std::initializer_list<std::string_view> parts);

}  // namespace pki
