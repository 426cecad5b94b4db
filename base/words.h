#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base {

// Splits a line into words as redis.conf, redis-cli and inline commands do: by white space; "double quotes"
// know \n \r \t \b \a \\ \" and \xHH; 'single quotes' know \'; a closing quote must end the word.
// Returns nothing when quotes are unbalanced.
std::optional<std::vector<std::string>> split_words(std::string_view line);

// One after another, with this between them.
std::string join(const std::vector<std::string>& words, std::string_view separator);

// The word as split_words reads it back: unchanged when it is plain, else in double quotes.
std::string quote_word(std::string_view word);

std::string lower_case(std::string_view text);  // ASCII only
bool equals_ignoring_case(std::string_view a, std::string_view b);

// The text on one line, as a terminal may be given it: control characters become \\xHH, and what is beyond
// `limit` bytes becomes "…".
std::string printable(std::string_view text, size_t limit);

// The element of `known` that is nearest to a mistyped `word`; nothing when none is near.
std::optional<std::string> nearest_word(std::string_view word, const std::vector<std::string>& known);

}  // namespace base
