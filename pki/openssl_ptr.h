#pragma once

#include <openssl/types.h>

#include <memory>

struct PKCS12_st;          // PKCS12
struct X509_extension_st;  // X509_EXTENSION
struct X509_req_st;        // X509_REQ

namespace pki {

// The one deleter for OpenSSL's libcrypto objects.
struct OpenSslDelete {
  void operator()(BIGNUM* object) const;
  void operator()(BIO* object) const;
  void operator()(EVP_PKEY* object) const;
  void operator()(EVP_PKEY_CTX* object) const;
  void operator()(ASN1_STRING* object) const;
  void operator()(NAME_CONSTRAINTS* object) const;
  void operator()(PKCS12_st* object) const;
  void operator()(X509* object) const;
  void operator()(X509_CRL* object) const;
  void operator()(X509_extension_st* object) const;
  void operator()(X509_NAME* object) const;
  void operator()(X509_req_st* object) const;
  void operator()(X509_STORE* object) const;
  void operator()(X509_STORE_CTX* object) const;
  void operator()(char* text) const;            // a string that OpenSSL allocated
  void operator()(unsigned char* bytes) const;  // bytes that OpenSSL allocated
};

template <typename T>
using OpenSslPtr = std::unique_ptr<T, OpenSslDelete>;

}  // namespace pki
