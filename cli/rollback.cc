#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/rotation_run.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

struct RollbackOptions {
  std::string name;
  int to = 0;
};

// With another certificate: a change of the CA makes generations that only have other roots.
int generation_before_current(const pki::Lineage& lineage) {
  const auto numbers = lineage.generations();
  const auto current = lineage.current();
  for (auto number = numbers.rbegin(); current && number != numbers.rend(); ++number) {
    if (*number < *current && lineage.chain(*number).front() != lineage.chain(*current).front())
      return *number;
  }
  throw Error(ErrorKind::kNotFound,
              "the lineage '" + lineage.name() + "' has no generation before the one that is in service");
}

int run(const RollbackOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto lineage = pki::Lineage::open(home, options.name);
  const int to = options.to != 0 ? options.to : generation_before_current(lineage);
  const auto numbers = lineage.generations();
  if (std::find(numbers.begin(), numbers.end(), to) == numbers.end()) {
    throw Error(ErrorKind::kUsage, "the lineage '" + options.name + "' has no generation " +
                                       std::to_string(to) + "; 'redis-pki history " + options.name +
                                       "' lists them");
  }
  rotate::TargetStore store(lineage.paths().targets());
  RotationRequest request;
  request.options.no_issue = true;
  request.options.generation = to;
  return run_rotation(lineage, store, request, environment);
}

}  // namespace

Run bind_rollback(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<RollbackOptions>();
  app.add_option("NAME", options->name, "the lineage")->required();
  app.add_option("--to", options->to, "the generation (default: the one before that in service)")
      ->check(CLI::PositiveNumber);
  app.footer(
      R"(Back to a generation that is there, on all targets of the lineage, proved as a rotation is. What is newer is
not deployed again by itself: the next rotation issues a new one.

Exit: as redis-pki rotate.

Examples:
  redis-pki rollback redis-1
  redis-pki rollback redis-1 --to 3)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
