#pragma once

#include <string_view>

#include "base/secret.h"

namespace pki {

// Bytes encrypted and authenticated under a passphrase: AES-256-GCM in chunks, each bound to its place and
// the last one marked, under a key from scrypt (RFC 7914; N = 2^15, r = 8, p = 1).
base::Secret seal(std::string_view bytes, const base::Secret& passphrase);

// Throws Error(kInvalid) when it is no such file, the passphrase is wrong, or a byte was changed, added or
// cut off.
base::Secret unseal(std::string_view sealed, const base::Secret& passphrase, std::string_view origin);

}  // namespace pki
