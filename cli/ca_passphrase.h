#pragma once

#include <string>

#include "base/secret.h"
#include "pki/home.h"

namespace cli {

// The passphrase of the CA's signing key from `source`. Without a source: none when the key is not encrypted,
// else it is asked for on the terminal. Throws Error(kUsage) when there is no terminal.
base::Secret read_ca_passphrase(const pki::Home& home, const std::string& source);

inline constexpr const char kCaPassphraseHelp[] =
    "where the CA's passphrase comes from: file:PATH, env:NAME, fd:N, prompt or none";

}  // namespace cli
