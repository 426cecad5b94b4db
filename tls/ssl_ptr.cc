#include "tls/ssl_ptr.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>

namespace tls {

void SslDelete::operator()(EVP_PKEY* object) const { EVP_PKEY_free(object); }
void SslDelete::operator()(SSL* object) const { SSL_free(object); }
void SslDelete::operator()(SSL_CTX* object) const { SSL_CTX_free(object); }
void SslDelete::operator()(SSL_SESSION* object) const { SSL_SESSION_free(object); }

}  // namespace tls
