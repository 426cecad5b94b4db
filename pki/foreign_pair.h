#pragma once

#include <filesystem>
#include <vector>

#include "base/clock.h"
#include "pki/issuer.h"

namespace pki {

// A pair that was made elsewhere: certbot's fullchain.pem and privkey.pem, what Vault Agent or cert-manager
// wrote. The chain may be in any order and hold its root. What verifies it is looked for among `roots`, and
// in the file itself when it is its own root. Throws Error: a file that can't be read, no certificate for the
// key, a chain that is not complete.
IssuedCertificate read_foreign_pair(const std::filesystem::path& certificate_file,
                                    const std::filesystem::path& key_file,
                                    const std::vector<Certificate>& roots);

// What the leaf is used for. A server's may be fit for clients too; that alone makes no peer of it.
Profile profile_of(const Certificate& leaf);

}  // namespace pki
