#pragma once

#include "pki/home.h"
#include "pki/ledger.h"

namespace cli {

// The ledger of a home that is there. Throws Error(kNotFound) with a hint.
pki::Ledger open_ledger(const pki::Home& home);

}  // namespace cli
