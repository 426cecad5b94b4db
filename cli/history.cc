#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/table.h"
#include "base/timestamp.h"
#include "cli/command.h"
#include "cli/open_ledger.h"
#include "pki/lineage.h"
#include "rotate/plan.h"

namespace cli {
namespace {

struct Event {
  base::Time at;
  std::string what;
  std::string serial;
};

std::vector<Event> events_of(const pki::Lineage& lineage, const std::vector<pki::LedgerEntry>& entries) {
  std::vector<Event> events;
  for (const auto& entry : entries) {
    const int generation = rotate::generation_of(lineage, entry.sha256).value_or(0);  // 0: pruned
    std::string what =
        "issued " +
        (generation > 0 ? "generation " + std::to_string(generation) : std::string("one that is pruned")) +
        ", valid until " + base::format_timestamp(entry.not_after);
    if (generation > 0 && lineage.current() == generation) what += " (current)";
    events.push_back({entry.not_before, what, entry.serial});
    if (entry.revocation) {
      events.push_back({entry.revocation->at, "revoked: " + std::string(to_string(entry.revocation->reason)),
                        entry.serial});
    }
  }
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
  return events;
}

int run(const std::string& name, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto lineage = pki::Lineage::open(home, name);
  pki::LedgerFilter filter;
  filter.lineage = name;
  const auto events = events_of(lineage, open_ledger(home).list(filter));
  if (environment.globals.json) {
    nlohmann::json document = nlohmann::json::array();
    for (const Event& event : events) {
      document.push_back(
          {{"at", base::format_timestamp(event.at)}, {"event", event.what}, {"serial", event.serial}});
    }
    environment.context.out << document.dump(2) << "\n";
    return 0;
  }
  std::vector<std::vector<std::string>> rows;
  for (const Event& event : events)
    rows.push_back({base::format_timestamp(event.at), event.serial, event.what});
  environment.context.out << base::render_table(rows);
  return 0;
}

}  // namespace

Run bind_history(CLI::App& app, const Environment& environment) {
  auto name = std::make_shared<std::string>();
  app.add_option("NAME", *name, "the lineage")->required();
  app.footer(R"(Example:
  redis-pki history redis-1)");
  return [name, environment] { return run(*name, environment); };
}

}  // namespace cli
