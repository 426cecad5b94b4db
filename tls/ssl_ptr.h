#pragma once

#include <openssl/types.h>

#include <memory>

using SSL_SESSION = struct ssl_session_st;  // as in <openssl/ssl.h>; <openssl/types.h> lacks it

namespace tls {

// The one deleter for OpenSSL's libssl objects.
struct SslDelete {
  void operator()(EVP_PKEY* object) const;
  void operator()(SSL* object) const;
  void operator()(SSL_CTX* object) const;
  void operator()(SSL_SESSION* object) const;
};

template <typename T>
using SslPtr = std::unique_ptr<T, SslDelete>;

}  // namespace tls
