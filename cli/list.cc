#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "base/duration.h"
#include "cli/command.h"
#include "cli/ledger_report.h"
#include "cli/open_ledger.h"

namespace cli {
namespace {

struct ListOptions {
  std::string expiring_in;
  bool revoked = false;
};

int run(const ListOptions& options, const Environment& environment) {
  const base::Time now = environment.context.clock.now();
  pki::LedgerFilter filter;
  filter.revoked_only = options.revoked;
  if (!options.expiring_in.empty()) {
    filter.now = now;
    filter.expires_before =
        now + std::chrono::floor<std::chrono::seconds>(base::parse_duration(options.expiring_in));
  }
  const auto entries = open_ledger(pki::Home(environment.globals.home)).list(filter);
  environment.context.out << (environment.globals.json ? render_entries_json(entries, now)
                                                       : render_entries(entries, now));
  return 0;
}

}  // namespace

Run bind_list(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<ListOptions>();
  app.add_option("--expiring-in", options->expiring_in, "only those that are valid and end within this time");
  app.add_flag("--revoked", options->revoked, "only those that are revoked");
  app.footer(R"(Examples:
  redis-pki list
  redis-pki list --expiring-in 30d
  redis-pki list --revoked --json)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
