#include "tls/cipher_list.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

#include "pki/openssl_error.h"
#include "tls/ssl_ptr.h"

namespace tls {
namespace {

bool is_weak(const SSL_CIPHER* cipher) {
  constexpr int kStrong[] = {NID_aes_128_cbc,       NID_aes_256_cbc,      NID_aes_128_gcm,
                             NID_aes_256_gcm,       NID_aes_128_ccm,      NID_aes_256_ccm,
                             NID_chacha20_poly1305, NID_camellia_128_cbc, NID_camellia_256_cbc,
                             NID_aria_128_gcm,      NID_aria_256_gcm};
  const int nid = SSL_CIPHER_get_cipher_nid(cipher);
  return std::find(std::begin(kStrong), std::end(kStrong), nid) == std::end(kStrong);
}

bool has_forward_secrecy(const SSL_CIPHER* cipher) {
  const int nid = SSL_CIPHER_get_kx_nid(cipher);
  return nid == NID_kx_ecdhe || nid == NID_kx_dhe || nid == NID_kx_ecdhe_psk || nid == NID_kx_dhe_psk;
}

}  // namespace

std::vector<CipherSuite> expand_cipher_list(const std::string& list) {
  const SslPtr<SSL_CTX> context(SSL_CTX_new(TLS_method()));
  pki::require(context != nullptr, "no TLS context");
  SSL_CTX_set_security_level(context.get(), 0);
  if (SSL_CTX_set_ciphersuites(context.get(), "") != 1 ||
      SSL_CTX_set_cipher_list(context.get(), list.c_str()) != 1) {
    ERR_clear_error();
    return {};
  }
  std::vector<CipherSuite> suites;
  const auto* ciphers = SSL_CTX_get_ciphers(context.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
    if (SSL_CIPHER_get_kx_nid(cipher) == NID_kx_any) continue;  // TLS 1.3
    suites.push_back({SSL_CIPHER_get_name(cipher), has_forward_secrecy(cipher),
                      SSL_CIPHER_get_auth_nid(cipher) != NID_auth_null, is_weak(cipher)});
  }
  return suites;
}

}  // namespace tls
