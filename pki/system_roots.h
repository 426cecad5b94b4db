#pragma once

#include <vector>

#include "pki/certificate.h"

namespace pki {

// The roots that this system trusts: $SSL_CERT_FILE, else its bundle; none when there is none. Throws Error
// for a file that can't be read.
std::vector<Certificate> system_roots();

}  // namespace pki
