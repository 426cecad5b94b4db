#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "pki/certificate.h"
#include "pki/key.h"

namespace pki {

// What a PKCS#12 file (RFC 7292) holds.
struct KeyStore {
  std::optional<PrivateKey> key;
  CertificateChain chain;  // the key's certificate first
};

// A keystore that OpenSSL 3, Java and Windows read: AES-256-CBC under PBKDF2 with SHA-256.
base::Secret write_pkcs12(const PrivateKey& key, const CertificateChain& chain, const std::string& name,
                          const base::Secret& passphrase);

// Throws Error(kInvalid), also when the passphrase is wrong.
KeyStore read_pkcs12(std::string_view der, const base::Secret& passphrase, std::string_view origin);

// Whether the bytes begin like one.
bool is_pkcs12(std::string_view der);

}  // namespace pki
