#pragma once

#include <functional>

#include "cli/context.h"
#include "cli/globals.h"
#include "cli/settings.h"

namespace CLI {
class App;
}

namespace cli {

// What a subcommand works with; outlives it.
struct Environment {
  Context& context;
  const Globals& globals;
  const Settings& settings;  // read before a subcommand runs
};

// Does the work and returns the exit code. Throws base::Error.
using Run = std::function<int()>;

// Each binds its options to a subcommand and returns what runs once they are parsed.
#define COMMAND(name, function, summary) Run bind_##function(CLI::App& app, const Environment& environment);
#include "cli/commands.def"
#undef COMMAND

}  // namespace cli
