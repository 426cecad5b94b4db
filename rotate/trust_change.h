#pragma once

#include <filesystem>
#include <vector>

#include "pki/certificate.h"
#include "tls/credentials.h"

namespace rotate {

// A change of what clients are verified with, that comes with a rotation.
struct TrustChange {
  std::filesystem::path client_roots;   // the file on this host that has them all
  std::vector<pki::Certificate> added;  // to the file that a server reads, where that is another
  std::vector<pki::Certificate> removed;
  std::vector<tls::Credentials> accepted;  // clients that a target must be seen to let in
  std::vector<tls::Credentials> refused;   // and those that it must not, if it verifies clients
};

}  // namespace rotate
