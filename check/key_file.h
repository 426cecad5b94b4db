#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "check/observation.h"

namespace check {

// Whether a file's name says that it is a private key.
bool is_key_name(std::string_view name);

// The name of the key that lies beside a certificate by one of the usual conventions: tls.crt and tls.key,
// fullchain.pem and privkey.pem, redis-cert.pem and redis-key.pem. `exists` tells which names there are.
std::optional<std::string> key_name_beside(const std::string& certificate,
                                           const std::function<bool(const std::string&)>& exists);

// key_exposed: others than its owner and group may read or change it. Codes are those of pki::Finding.
pki::Findings assess_key_access(const std::filesystem::path& file);

// Compares a chain with the key in another file: key_mismatch, and key_unread, which is mere information when
// the key is encrypted or we may not read it.
pki::Findings compare_key(const pki::CertificateChain& chain, const std::filesystem::path& key_file,
                          const base::Secret& passphrase);

}  // namespace check
