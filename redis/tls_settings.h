#pragma once

#include <string>

#include "redis/connection.h"

namespace redis {

// The pair that a server is set to present, as its own paths say.
struct CertificatePaths {
  std::string certificate;
  std::string key;

  bool operator==(const CertificatePaths&) const = default;
};

// CONFIG GET. Throws Error(kRefused) when the server doesn't allow it or has no TLS.
CertificatePaths get_certificate_paths(Connection& connection);

// CONFIG SET of both in one command, so that the server never tries a half-changed pair; unchanged paths make
// it read the files again (Redis > 7.0.0). Throws Error(kRefused) with the server's words.
void set_certificate_paths(Connection& connection, const CertificatePaths& paths);

}  // namespace redis
