#pragma once

#include <string_view>
#include <vector>

#include "pki/ledger.h"

namespace pki {

// Reads the index.txt of 'openssl ca': a line a certificate with state, end, revocation, serial, file and
// subject, separated by tabs. Throws Error(kInvalid) that names the line.
std::vector<LedgerEntry> parse_openssl_index(std::string_view text, std::string_view origin);

}  // namespace pki
