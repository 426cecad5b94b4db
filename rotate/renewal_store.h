#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"

namespace rotate {

// What is known of a lineage's renewals from earlier runs, in one file that is replaced as a whole; no file
// means that nothing has failed.
struct RenewalState {
  int failures = 0;       // in a row
  base::Time next_try{};  // not before, when there are failures
  std::string last_error;
};

// Throws Error.
RenewalState read_renewal_state(const std::filesystem::path& path);
void write_renewal_state(const std::filesystem::path& path, const RenewalState& state);

}  // namespace rotate
