#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace base {

struct ProgramResult {
  int exit_code = 0;  // 128 + signal when it was killed
  bool timed_out = false;
  std::string output;  // standard output and error together, at most 64 KiB

  // Why it did not succeed, with the last line that it wrote.
  std::string reason() const;
};

// Runs a program, without a shell, in our environment and `variables`, with `input` on its standard input; a
// name without a slash is looked for in PATH. It gets the signals' defaults and none of our descriptors. When
// the time is up, it and what it has started are killed. Throws Error(kNotFound, kPermission, kIo) when it
// can't be run.
ProgramResult run_program(const std::vector<std::string>& command,
                          const std::map<std::string, std::string>& variables, const std::string& input,
                          std::chrono::milliseconds time_limit);

}  // namespace base
