#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "acme/renewal_info.h"
#include "base/table.h"
#include "base/timestamp.h"
#include "base/words.h"
#include "cli/command.h"
#include "pki/lineage.h"
#include "rotate/renewal.h"
#include "rotate/target_store.h"

namespace cli {
namespace {

using nlohmann::json;

constexpr size_t kLongestError = 120;  // in the table; --json has all of it

struct Status {
  pki::Lineage lineage;
  rotate::TargetStore store;

  explicit Status(const pki::Home& home, const std::string& name)
      : lineage(pki::Lineage::open(home, name)), store(lineage.paths().targets()) {}

  // The leaf that counts: the latest, or the one in service when the latest was taken back. Nothing before
  // the first issue.
  std::optional<pki::Certificate> leaf() const {
    const auto latest = lineage.latest();
    if (!latest) return std::nullopt;
    const bool is_taken_back = *latest <= store.withdrawn();
    return lineage.chain(is_taken_back ? lineage.current().value_or(*latest) : *latest).front();
  }

  base::Time due(const pki::Certificate& leaf) const {
    const auto suggestion = acme::remembered_suggestion(lineage.paths(), leaf);
    return rotate::renewal_due(leaf, suggestion ? std::optional(suggestion->chosen) : std::nullopt);
  }

  std::vector<std::string> warnings() const {
    const auto latest = lineage.latest();
    return latest ? lineage.warnings(*latest) : std::vector<std::string>();
  }

  bool was_cut_off() const { return std::filesystem::exists(lineage.paths().journal()); }
};

json to_json(const rotate::TargetState& state) {
  json document{{"address", state.target.address},
                {"deployed", state.deployed},
                {"verified", state.verified},
                {"last_error", state.last_error}};
  if (state.verified != 0) document["verified_at"] = base::format_timestamp(state.verified_at);
  return document;
}

json to_json(const Status& status) {
  const auto& lineage = status.lineage;
  json document{{"lineage", lineage.name()},
                {"issuer", lineage.settings().issuer},
                {"issued", lineage.latest().value_or(0)},
                {"current", lineage.current().value_or(0)},
                {"rotation_was_cut_off", status.was_cut_off()},
                {"warnings", status.warnings()},
                {"targets", json::array()}};
  if (const auto leaf = status.leaf()) {
    document["not_after"] = base::format_timestamp(leaf->not_after());
    document["renewal_due"] = base::format_timestamp(status.due(*leaf));
  }
  for (const auto& state : status.store.states()) document["targets"].push_back(to_json(state));
  return document;
}

std::string number(int generation) { return generation == 0 ? "-" : std::to_string(generation); }

std::vector<std::vector<std::string>> rows_of(const Status& status) {
  const auto& lineage = status.lineage;
  const auto latest = lineage.latest();
  std::string ends = "-";
  std::string due = "-";
  if (const auto leaf = status.leaf()) {
    ends = base::format_timestamp(leaf->not_after());
    due = lineage.settings().is_external() ? "elsewhere" : base::format_timestamp(status.due(*leaf));
  }
  const std::vector<std::string> common = {lineage.name(), number(latest.value_or(0)), ends, due};
  std::vector<std::vector<std::string>> rows;
  for (const auto& state : status.store.states()) {
    auto row = common;
    row.insert(row.end(), {state.target.address, number(state.deployed), number(state.verified),
                           status.was_cut_off() ? "cut off; run 'redis-pki rotate'"
                                                : base::printable(state.last_error, kLongestError)});
    rows.push_back(std::move(row));
  }
  if (rows.empty()) {
    rows.push_back(common);
    rows.back().insert(rows.back().end(), {"-", "-", "-", ""});
  }
  return rows;
}

int run(const std::string& name, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto names = name.empty() ? home.lineage_names() : std::vector{name};
  json document = json::array();
  std::string warnings;
  std::vector<std::vector<std::string>> rows = {
      {"LINEAGE", "ISSUED", "EXPIRES", "RENEWAL", "TARGET", "DEPLOYED", "VERIFIED", "LAST ERROR"}};
  for (const std::string& each : names) {
    const Status status(home, each);
    document.push_back(to_json(status));
    for (auto& row : rows_of(status)) rows.push_back(std::move(row));
    for (const std::string& warning : status.warnings()) warnings += each + ": warning: " + warning + "\n";
  }
  if (environment.globals.json) {
    environment.context.out << document.dump(2) << "\n";
  } else {
    environment.context.out << base::render_table(rows) << warnings;
  }
  return 0;
}

}  // namespace

Run bind_status(CLI::App& app, const Environment& environment) {
  auto name = std::make_shared<std::string>();
  app.add_option("NAME", *name, "the lineage (default: all)");
  app.footer(
      R"(ISSUED is the latest generation, DEPLOYED the one that a target was last told to serve, VERIFIED the one that it
was last seen to serve. Nothing is connected to; 'redis-pki check' does that.

Examples:
  redis-pki status
  redis-pki status redis-1 --json)");
  return [name, environment] { return run(*name, environment); };
}

}  // namespace cli
