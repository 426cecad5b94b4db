#include "pki/openssl_error.h"

#include <openssl/err.h>

namespace pki {

base::Error openssl_error(base::ErrorKind kind, const std::string& message) {
  std::string reason;
  if (const unsigned long code = ERR_get_error(); code != 0) {
    if (const char* text = ERR_reason_error_string(code)) reason = text;
  }
  ERR_clear_error();
  return base::Error(kind, reason.empty() ? message : message + ": " + reason);
}

void require(bool ok, const char* message) {
  if (!ok) throw openssl_error(base::ErrorKind::kInternal, message);
}

}  // namespace pki
