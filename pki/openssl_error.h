#pragma once

#include <string>

#include "base/error.h"

namespace pki {

// Takes what OpenSSL says of its last failure in this thread and empties its error queue:
// "MESSAGE: reason", or just the message when OpenSSL says nothing.
base::Error openssl_error(base::ErrorKind kind, const std::string& message);

// Throws openssl_error(kInternal, message) unless `ok`. For calls that fail only when memory does.
void require(bool ok, const char* message);

}  // namespace pki
