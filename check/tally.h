#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "check/judgement.h"

namespace check {

// What a scan has seen.
struct Tally {
  size_t files = 0;  // that were looked into
  size_t results = 0;
  std::array<size_t, 4> of_state{};  // results, by State
  size_t certificates = 0;
  std::vector<std::string> left_out;  // directories that were not looked into, and why
  State state = State::kOk;
};

}  // namespace check
