#include "pki/key_encoding.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "pki/key.h"
#include "pki/openssl_ptr.h"

namespace {

std::string der_of_openssl(EVP_PKEY* key) {
  PKCS8_PRIV_KEY_INFO* info = EVP_PKEY2PKCS8(key);
  unsigned char* der = nullptr;
  const int length = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
  const std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(length));
  OPENSSL_free(der);
  PKCS8_PRIV_KEY_INFO_free(info);
  return bytes;
}

std::string spki_of_openssl(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key, &der);
  const std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(length));
  OPENSSL_free(der);
  return bytes;
}

std::string spki_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  const std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(length));
  OPENSSL_free(der);
  return bytes;
}

}  // namespace

TEST(KeyEncoding, IsByteForByteWhatOpensslWrites) {
  for (const auto type : {pki::KeyType::kEcP256, pki::KeyType::kEcP384, pki::KeyType::kEd25519}) {
    for (int i = 0; i < 300; ++i) {  // enough for scalars that begin with a zero octet
      const auto key = pki::PrivateKey::generate(type);
      const auto der = pki::encode_private_key(key.handle());
      ASSERT_TRUE(der);
      ASSERT_EQ(der->bytes(), der_of_openssl(key.handle()));
      const pki::OpenSslPtr<X509> certificate(X509_new());
      ASSERT_TRUE(pki::set_public_key(certificate.get(), key.handle()));
      ASSERT_EQ(spki_of(certificate.get()), spki_of_openssl(key.handle()));
    }
  }
}

TEST(KeyEncoding, LeavesOtherKeysToOpenssl) {
  const pki::OpenSslPtr<X509> certificate(X509_new());
  for (const auto& key :
       {pki::PrivateKey::generate(pki::KeyType::kRsa2048), pki::PrivateKey::adopt(EVP_EC_gen("P-521")),
        pki::PrivateKey::adopt(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED448"))}) {
    EXPECT_FALSE(pki::encode_private_key(key.handle()));
    EXPECT_FALSE(pki::set_public_key(certificate.get(), key.handle()));
  }
}
