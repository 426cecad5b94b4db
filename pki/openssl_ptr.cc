#include "pki/openssl_ptr.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace pki {

void OpenSslDelete::operator()(ASN1_STRING* object) const { ASN1_STRING_free(object); }
void OpenSslDelete::operator()(NAME_CONSTRAINTS* object) const { NAME_CONSTRAINTS_free(object); }
void OpenSslDelete::operator()(PKCS12* object) const { PKCS12_free(object); }
void OpenSslDelete::operator()(X509_CRL* object) const { X509_CRL_free(object); }
void OpenSslDelete::operator()(X509_REQ* object) const { X509_REQ_free(object); }
void OpenSslDelete::operator()(BIGNUM* object) const { BN_clear_free(object); }
void OpenSslDelete::operator()(BIO* object) const { BIO_free_all(object); }
void OpenSslDelete::operator()(EVP_PKEY* object) const { EVP_PKEY_free(object); }
void OpenSslDelete::operator()(EVP_PKEY_CTX* object) const { EVP_PKEY_CTX_free(object); }
void OpenSslDelete::operator()(X509* object) const { X509_free(object); }
void OpenSslDelete::operator()(X509_EXTENSION* object) const { X509_EXTENSION_free(object); }
void OpenSslDelete::operator()(X509_NAME* object) const { X509_NAME_free(object); }
void OpenSslDelete::operator()(X509_STORE* object) const { X509_STORE_free(object); }
void OpenSslDelete::operator()(X509_STORE_CTX* object) const { X509_STORE_CTX_free(object); }
void OpenSslDelete::operator()(char* text) const { OPENSSL_free(text); }
void OpenSslDelete::operator()(unsigned char* bytes) const { OPENSSL_free(bytes); }

}  // namespace pki
