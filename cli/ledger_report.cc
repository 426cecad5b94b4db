#include "cli/ledger_report.h"

#include <nlohmann/json.hpp>

#include "base/table.h"
#include "base/timestamp.h"

namespace cli {
namespace {

std::string state_of(const pki::LedgerEntry& entry, base::Time now) {
  if (entry.revocation) return "revoked";
  return entry.not_after < now ? "expired" : "valid";
}

std::string names_of(const pki::LedgerEntry& entry) {
  std::string names;
  for (const auto& name : entry.subject_alt_names) names += (names.empty() ? "" : ",") + name.value;
  return names;
}

}  // namespace

std::string render_entries(const std::vector<pki::LedgerEntry>& entries, base::Time now) {
  std::vector<std::vector<std::string>> rows{
      {"STATE", "UNTIL", "PROFILE", "LINEAGE", "SERIAL", "SUBJECT", "NAMES"}};
  for (const auto& entry : entries) {
    rows.push_back({state_of(entry, now), base::format_timestamp(entry.not_after), entry.profile,
                    entry.lineage.empty() ? "-" : entry.lineage, entry.serial, entry.subject,
                    names_of(entry)});
  }
  return base::render_table(rows);
}

std::string render_entries_json(const std::vector<pki::LedgerEntry>& entries, base::Time now) {
  nlohmann::json document = nlohmann::json::array();
  for (const auto& entry : entries) {
    nlohmann::json names = nlohmann::json::array();
    for (const auto& name : entry.subject_alt_names) names.push_back(to_string(name));
    nlohmann::json row{{"serial", entry.serial},
                       {"sha256", entry.sha256},
                       {"lineage", entry.lineage},
                       {"profile", entry.profile},
                       {"issuer", entry.issuer},
                       {"subject", entry.subject},
                       {"subject_alt_names", names},
                       {"not_before", base::format_timestamp(entry.not_before)},
                       {"not_after", base::format_timestamp(entry.not_after)},
                       {"state", state_of(entry, now)}};
    if (entry.revocation) {
      row["revoked_at"] = base::format_timestamp(entry.revocation->at);
      row["revocation_reason"] = to_string(entry.revocation->reason);
    }
    document.push_back(std::move(row));
  }
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace cli
