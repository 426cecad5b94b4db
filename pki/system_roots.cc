#include "pki/system_roots.h"

#include <cstdlib>
#include <filesystem>

#include "base/file.h"

namespace pki {
namespace {

constexpr const char* kBundles[] = {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                    "/etc/ssl/cert.pem"};

}  // namespace

std::vector<Certificate> system_roots() {
  if (const char* file = std::getenv("SSL_CERT_FILE"); file != nullptr && *file != '\0') {
    return parse_certificates(base::read_file(file), file);
  }
  for (const char* bundle : kBundles) {
    if (std::filesystem::exists(bundle)) return parse_certificates(base::read_file(bundle), bundle);
  }
  return {};
}

}  // namespace pki
