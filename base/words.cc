#include "base/words.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

#include "base/hex.h"

namespace base {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

char unescape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// Reads one quoted run from `rest`, which starts behind the opening quote, and appends it to `word`.
bool read_quoted(std::string_view& rest, char quote, std::string& word) {
  while (!rest.empty()) {
    const char c = rest[0];
    if (c == quote) {
      rest.remove_prefix(1);
      return rest.empty() || is_space(rest[0]);
    }
    if (quote == '"' && rest.starts_with("\\x") && rest.size() >= 4 && hex_digit(rest[2]) >= 0 &&
        hex_digit(rest[3]) >= 0) {
      word += static_cast<char>(hex_digit(rest[2]) * 16 + hex_digit(rest[3]));
      rest.remove_prefix(4);
    } else if (c == '\\' && rest.size() >= 2 && (quote == '"' || rest[1] == '\'')) {
      word += quote == '"' ? unescape(rest[1]) : '\'';
      rest.remove_prefix(2);
    } else {
      word += c;
      rest.remove_prefix(1);
    }
  }
  return false;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  std::string_view rest = line;
  while (true) {
    while (!rest.empty() && is_space(rest[0])) rest.remove_prefix(1);
    if (rest.empty()) return words;
    std::string word;
    while (!rest.empty() && !is_space(rest[0])) {
      const char c = rest[0];
      rest.remove_prefix(1);
      if (c == '"' || c == '\'') {
        if (!read_quoted(rest, c, word)) return std::nullopt;
        break;
      }
      word += c;
    }
    words.push_back(std::move(word));
  }
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += separator;
    text += words[i];
  }
  return text;
}

std::string quote_word(std::string_view word) {
  const bool plain = !word.empty() && std::none_of(word.begin(), word.end(), [](char c) {
    return is_space(c) || c == '"' || c == '\'' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ||
           c == 0x7f;
  });
  if (plain) return std::string(word);
  std::string quoted = "\"";
  for (const char c : word) {
    const auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += "\\x" + to_hex({&byte, 1});
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string printable(std::string_view text, size_t limit) {
  std::string result;
  for (const char c : text.substr(0, limit)) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      result.push_back(c);
    } else {
      result += "\\x" + to_hex({&byte, 1});
    }
  }
  return text.size() > limit ? result + "…" : result;
}

std::optional<std::string> nearest_word(std::string_view word, const std::vector<std::string>& known) {
  std::optional<std::string> nearest;
  size_t best = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const size_t distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace base
