#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "resp/decoder.h"

namespace resp {

// Reads a command as client libraries send it, "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", if it is whole: appends its
// words, which are views of `bytes`, and returns its length. Returns 0, and appends nothing, for all else:
// incomplete, inline, empty, malformed, beyond the limits. What to do with those, Decoder knows.
size_t scan_command(std::string_view bytes, const Limits& limits, std::vector<std::string_view>& words);

}  // namespace resp
