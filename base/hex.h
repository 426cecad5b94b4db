#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace base {

// Lower-case hexadecimal without separators.
std::string to_hex(std::span<const uint8_t> bytes);

}  // namespace base
