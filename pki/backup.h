#pragma once

#include <filesystem>

#include "base/secret.h"
#include "pki/home.h"

namespace pki {

// Writes the whole home, keys included, into one encrypted file, 0600. Consistent while others issue and
// rotate: every certificate in it is in its ledger, and every `current` leads to a generation. Throws Error.
void back_up(const Home& home, const std::filesystem::path& file, const base::Secret& passphrase);

// Makes the home of a backup, whole or not at all, with modes and, for root, owners. Throws Error: kExists
// when there is something at its place, kInvalid on a wrong passphrase or a damaged file.
void restore(const Home& home, const std::filesystem::path& file, const base::Secret& passphrase);

}  // namespace pki
