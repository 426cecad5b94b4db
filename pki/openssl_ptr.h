#pragma once

#include <openssl/types.h>

#include <memory>

struct X509_extension_st;  // X509_EXTENSION

namespace pki {

// The one deleter for OpenSSL's libcrypto objects.
struct OpenSslDelete {
  void operator()(BIGNUM* object) const;
  void operator()(BIO* object) const;
  void operator()(EVP_PKEY* object) const;
  void operator()(EVP_PKEY_CTX* object) const;
  void operator()(X509* object) const;
  void operator()(X509_extension_st* object) const;
  void operator()(X509_NAME* object) const;
  void operator()(X509_STORE* object) const;
  void operator()(X509_STORE_CTX* object) const;
  void operator()(char* text) const;            // a string that OpenSSL allocated
  void operator()(unsigned char* bytes) const;  // bytes that OpenSSL allocated
};

template <typename T>
using OpenSslPtr = std::unique_ptr<T, OpenSslDelete>;

}  // namespace pki
