#pragma once

#include <string>

#include "base/secret.h"

namespace cli {

// A passphrase that is to be set: from `source`, or asked for twice on the terminal. `option` names it in the
// error when there is no terminal. Throws Error(kUsage).
base::Secret read_new_passphrase(const std::string& source, const std::string& option);

}  // namespace cli
