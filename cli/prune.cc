#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/file_lock.h"
#include "cli/command.h"
#include "pki/lineage.h"

namespace cli {
namespace {

struct PruneOptions {
  int keep = 3;
};

int run(const PruneOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  nlohmann::json removed = nlohmann::json::array();
  for (const std::string& name : home.lineage_names()) {
    const auto lineage = pki::Lineage::open(home, name);
    const auto lock = base::FileLock::try_acquire(lineage.paths().rotation_lock());
    if (!lock || std::filesystem::exists(lineage.paths().journal())) {
      environment.context.err << "redis-pki: " << name << ": left alone while it is rotated\n";
      continue;
    }
    for (const int generation : lineage.prune(options.keep)) {
      removed.push_back({{"lineage", name}, {"generation", generation}});
    }
  }
  if (environment.globals.json) {
    environment.context.out << removed.dump(2) << "\n";
    return 0;
  }
  for (const auto& entry : removed) {
    environment.context.out << "removed " << entry["lineage"].get<std::string>() << ", generation "
                            << entry["generation"].get<int>() << "\n";
  }
  if (removed.empty()) environment.context.out << "nothing to remove\n";
  return 0;
}

}  // namespace

Run bind_prune(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<PruneOptions>();
  app.add_option("--keep", options->keep, "how many generations of each lineage stay")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  app.footer(
      R"(The current generation, the one before it, and those that wait for a rotation always stay. The ledger forgets
nothing.

Example:
  redis-pki prune --keep 2)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
