#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/secret.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "pki/key.h"
#include "pki/request.h"

namespace pki {

// A key that can't be read without a passphrase.
struct EncryptedKey {};

// A PEM block of another kind, such as "EC PARAMETERS".
struct OtherBlock {
  std::string label;
};

using Object = std::variant<Certificate, PrivateKey, EncryptedKey, CertificateRequest, Crl, OtherBlock>;

// Everything in a file, in its order: what PEM blocks hold, a certificate or CRL in DER, or what is in a
// PKCS#12 file. None when it is none of these. An empty passphrase stands for none. Throws Error(kInvalid)
// for PEM that can't be read, a passphrase that doesn't open it, and more than 1,000 objects.
std::vector<Object> parse_objects(const base::Secret& bytes, const base::Secret& passphrase,
                                  std::string_view origin);

}  // namespace pki
