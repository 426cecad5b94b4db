#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace cli {

// Runs one command line, without the program's name, and returns the exit code. Never throws.
int run(std::vector<std::string> arguments, Context& context);

}  // namespace cli
