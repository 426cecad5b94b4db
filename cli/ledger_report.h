#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "pki/ledger.h"

namespace cli {

// Ledger entries for people, and as a JSON array.
std::string render_entries(const std::vector<pki::LedgerEntry>& entries, base::Time now);
std::string render_entries_json(const std::vector<pki::LedgerEntry>& entries, base::Time now);

}  // namespace cli
