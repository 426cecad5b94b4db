#pragma once

#include <openssl/types.h>

#include <optional>
#include <string>

#include "base/secret.h"

namespace pki {

// Encodings of EC and Ed25519 keys that OpenSSL 3.0 makes by a search among all its encoders, which takes ten
// times as long as making the key. Other keys have none here, and are left to OpenSSL.

// The DER of an unencrypted PKCS#8 key (RFC 5958; ECPrivateKey of RFC 5915), byte for byte as OpenSSL has it.
std::optional<base::Secret> encode_private_key(EVP_PKEY* key);

// Puts the key into a certificate (SubjectPublicKeyInfo of RFC 5480 and RFC 8410). The certificate can be
// written, but X509_get0_pubkey() knows the key only after it was read again.
bool set_public_key(X509* certificate, EVP_PKEY* key);

}  // namespace pki
