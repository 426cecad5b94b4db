#pragma once

#include <filesystem>

#include "base/clock.h"
#include "base/secret.h"
#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/profile.h"

namespace tls {

// A pair that can prove an identity: the key, and the chain from its leaf on.
struct Credentials {
  pki::CertificateChain chain;
  pki::PrivateKey key;

  const pki::Certificate& leaf() const { return chain.front(); }
};

// A pair from PEM texts; the names stand in errors. Throws Error(kInvalid): garbage, a key that is not the
// certificate's, a chain in the wrong order.
Credentials parse_credentials(std::string_view certificate, const std::string& certificate_name,
                              const base::Secret& key, const std::string& key_name,
                              const base::Secret& key_passphrase);

// Reads a pair from PEM files. Throws Error: a file that can't be read, garbage, a key that is not the
// certificate's, a chain in the wrong order.
Credentials load_credentials(const std::filesystem::path& certificate_file,
                             const std::filesystem::path& key_file, const base::Secret& key_passphrase);

// Throws Error(kInvalid) unless the leaf and its intermediates are valid now and fit for the purpose.
// Says nothing of who trusts them.
void require_usable(const Credentials& credentials, pki::Profile purpose, base::Time now);

}  // namespace tls
