#pragma once

#include <openssl/x509v3.h>

#include <memory>
#include <vector>

#include "pki/subject_alt_name.h"

namespace pki {

// OpenSSL's form of subject alternative names; for sources of this module only.
struct FreeGeneralNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using GeneralNames = std::unique_ptr<GENERAL_NAMES, FreeGeneralNames>;

enum class UnknownNames { kSkip, kRefuse };

// Null is an empty list. With kRefuse, throws Error(kRefused) at a kind that SubjectAltName doesn't know.
std::vector<SubjectAltName> to_subject_alt_names(const GENERAL_NAMES* names, UnknownNames unknown);

GeneralNames to_general_names(const std::vector<SubjectAltName>& names);

}  // namespace pki
