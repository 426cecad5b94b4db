#include "server/glob.h"

#include <cstddef>
#include <utility>

namespace server {
namespace {

char folded(char c, bool ignores_case) {
  return ignores_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Whether `c` fits what stands at the start of `pattern`, which is not '*'; `length` is how much that is.
bool fits_one(std::string_view pattern, char c, bool ignores_case, size_t& length) {
  const auto same = [&](char wanted) { return folded(wanted, ignores_case) == folded(c, ignores_case); };
  length = 1;
  if (pattern[0] == '?') return true;
  if (pattern[0] == '\\' && pattern.size() > 1) {
    length = 2;
    return same(pattern[1]);
  }
  if (pattern[0] != '[') return same(pattern[0]);
  size_t at = 1;
  const bool is_negated = at < pattern.size() && pattern[at] == '^';
  if (is_negated) ++at;
  bool is_in = false;
  for (; at < pattern.size() && pattern[at] != ']'; ++at) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      is_in = same(pattern[++at]) || is_in;
    } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
      char first = folded(pattern[at], ignores_case);
      char last = folded(pattern[at + 2], ignores_case);
      if (first > last) std::swap(first, last);
      const char tried = folded(c, ignores_case);
      is_in = (tried >= first && tried <= last) || is_in;
      at += 2;
    } else {
      is_in = same(pattern[at]) || is_in;
    }
  }
  length = at < pattern.size() ? at + 1 : at;  // a class that is not closed ends the pattern
  return is_in != is_negated;
}

}  // namespace

bool fits_glob(std::string_view pattern, std::string_view text, bool ignores_case) {
  if (text.empty()) return pattern.empty();  // in Redis not even "*" fits it
  size_t p = 0;
  size_t t = 0;
  size_t star = std::string_view::npos;  // the last one, which may take one character more
  size_t retry = 0;
  while (t < text.size()) {
    size_t length = 0;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.size() && fits_one(pattern.substr(p), text[t], ignores_case, length)) {
      p += length;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace server
