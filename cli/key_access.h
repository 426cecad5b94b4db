#pragma once

#include <string>

#include "base/file.h"

namespace cli {

// What --owner and --mode say about key files, over what `access` has; empty ones say nothing. Throws
// Error(kUsage).
base::FileAccess key_access(const std::string& owner, const std::string& mode, base::FileAccess access);

}  // namespace cli
