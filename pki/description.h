#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "pki/certificate.h"

namespace pki {

// One object in words: "certificate", and its fields under the names of RFC 5280 in snake_case.
struct Description {
  std::string kind;
  std::vector<std::pair<std::string, std::vector<std::string>>> fields;
};

Description describe(const Certificate& certificate);

// Everything in a file, in its order: certificates, requests, CRLs and keys in PEM or DER, and what a PKCS#12
// file holds. Of a private key only its type is told. Throws Error(kInvalid) when nothing can be read.
std::vector<Description> describe_bytes(const base::Secret& bytes, const base::Secret& passphrase,
                                        std::string_view origin);

}  // namespace pki
