#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"

namespace base {

// Reads a secret from where the text says: "file:PATH", "env:NAME", "fd:N", "prompt" (from the terminal,
// asking with `question`) or "none" (empty). One line end at the end is not part of it. Throws Error(kUsage)
// for another form, so that no one writes a secret on a command line, and Error when it can't be read or is
// empty.
Secret read_secret(const std::string& source, std::string_view question);

// Throws as read_secret does for another form, and reads nothing.
void require_secret_source(const std::string& source);

}  // namespace base
