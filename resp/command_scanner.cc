#include "resp/command_scanner.h"

namespace resp {
namespace {

// Reads "$12\r\n" and moves `at` behind it. False for anything longer or other than digits.
bool read_length(std::string_view bytes, size_t& at, char marker, size_t& length) {
  constexpr size_t kMostDigits = 9;
  if (at >= bytes.size() || bytes[at] != marker) return false;
  const size_t first = at + 1;
  size_t end = first;
  length = 0;
  for (; end < bytes.size() && end - first < kMostDigits && bytes[end] >= '0' && bytes[end] <= '9'; ++end) {
    length = length * 10 + static_cast<size_t>(bytes[end] - '0');
  }
  if (end == first || end + 2 > bytes.size() || bytes[end] != '\r' || bytes[end + 1] != '\n') return false;
  at = end + 2;
  return true;
}

}  // namespace

size_t scan_command(std::string_view bytes, const Limits& limits, std::vector<std::string_view>& words) {
  const size_t before = words.size();
  size_t at = 0;
  size_t count = 0;
  if (!read_length(bytes, at, '*', count) || count == 0 || count > limits.elements) return 0;
  for (size_t i = 0; i < count; ++i) {
    size_t length = 0;
    const bool is_whole = read_length(bytes, at, '$', length) && length <= limits.bulk &&
                          bytes.size() - at >= length + 2 && bytes[at + length] == '\r' &&
                          bytes[at + length + 1] == '\n';
    if (!is_whole) {
      words.resize(before);
      return 0;
    }
    words.push_back(bytes.substr(at, length));
    at += length + 2;
  }
  return at;
}

}  // namespace resp
