#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "pki/home.h"
#include "pki/lineage.h"
#include "pki/local_issuer.h"

namespace pki {

// One line of a batch: a lineage, new or known, and what it is issued with.
struct BatchItem {
  std::string name;
  LineageSettings settings;
};

// What a lineage of this name has before its line is read: what it remembers, or the defaults of a new one.
using SettingsOf = std::function<LineageSettings(const std::string& name, Profile profile)>;

// Reads "profile,name,san,…" lines (CSV without quotes) or JSON lines {"profile", "name", "sans", "key_type",
// "lifetime"}; empty lines and those that begin with # are passed over. What a line doesn't say stays as
// `settings_of` has it. Throws Error(kUsage) that names the line; a name may occur once.
std::vector<BatchItem> parse_batch(std::string_view text, std::string_view origin,
                                   const SettingsOf& settings_of);

// Issues one generation for each item, on all cores. Ledger and files are made durable in groups: a
// certificate is in the ledger before its files are there, and a process that is killed leaves no half
// generation. The link moves unless `waits` says that the lineage is rotated by other means. `progress` is
// told how many are done.
void issue_batch(const Home& home, LocalIssuer& issuer, const std::vector<BatchItem>& items,
                 const std::function<bool(const Lineage&)>& waits,
                 const std::function<void(size_t)>& progress);

}  // namespace pki
