#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "check/judgement.h"

namespace check {

// One thing that is not as it should be, in words that may be shown.
struct Problem {
  State state;
  std::string text;
};

// All of a verdict, information left out.
std::vector<Problem> problems_of(const Verdict& verdict);

// "89d 23h left", "expired 3d ago".
std::string time_left(std::chrono::seconds left);

// Of the element that ends first; null when there is none.
const Element* first_to_end(const Verdict& verdict);

// Foreign bytes as valid UTF-8 on one line: what is neither becomes U+FFFD.
std::string clean(std::string_view bytes);

// The same for a terminal: without control characters, and of a length that can be read.
std::string shown(std::string_view foreign, size_t longest = 2000);

std::string upper_case(std::string_view text);

}  // namespace check
