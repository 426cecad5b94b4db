#include "pki/pkcs12.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <memory>

#include "base/error.h"
#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kIterations = 600'000;
constexpr int kMacIterations = 10'000;

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
struct FreeStackAndCertificates {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};

OpenSslPtr<PKCS12> parse(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  OpenSslPtr<PKCS12> result(d2i_PKCS12(nullptr, &bytes, static_cast<long>(der.size())));
  return result;
}

}  // namespace

base::Secret write_pkcs12(const PrivateKey& key, const CertificateChain& chain, const std::string& name,
                          const base::Secret& passphrase) {
  const std::unique_ptr<STACK_OF(X509), FreeStack> others(sk_X509_new_null());
  require(others != nullptr, "no memory for a keystore");
  for (size_t i = 1; i < chain.size(); ++i) sk_X509_push(others.get(), chain[i].handle());
  std::string text(passphrase.bytes());
  const OpenSslPtr<PKCS12> store(
      PKCS12_create_ex(text.c_str(), name.c_str(), key.handle(), chain.front().handle(), others.get(),
                       NID_aes_256_cbc, NID_aes_256_cbc, kIterations, kMacIterations, 0, nullptr, nullptr));
  base::wipe(text);
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_secmem()));
  require(store != nullptr && bio != nullptr && i2d_PKCS12_bio(bio.get(), store.get()) == 1,
          "can't make a keystore");
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &bytes);
  return base::Secret(std::string_view(bytes, static_cast<size_t>(length)));
}

KeyStore read_pkcs12(std::string_view der, const base::Secret& passphrase, std::string_view origin) {
  const std::string where(origin);
  const auto store = parse(der);
  if (store == nullptr) throw openssl_error(ErrorKind::kInvalid, where + ": is no PKCS#12 file");
  std::string text(passphrase.bytes());
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* others = nullptr;
  const int ok = PKCS12_parse(store.get(), text.c_str(), &key, &leaf, &others);
  base::wipe(text);
  const OpenSslPtr<X509> leaf_owner(leaf);
  const std::unique_ptr<STACK_OF(X509), FreeStackAndCertificates> others_owner(others);
  KeyStore result;
  if (key != nullptr) result.key = PrivateKey::adopt(key);
  if (ok != 1)
    throw openssl_error(ErrorKind::kInvalid, where + ": can't open the keystore; is the passphrase right?");
  if (leaf != nullptr) result.chain.push_back(Certificate::share(leaf));
  for (int i = 0; i < sk_X509_num(others); ++i)
    result.chain.push_back(Certificate::share(sk_X509_value(others, i)));
  return result;
}

bool is_pkcs12(std::string_view der) {
  const bool result = parse(der) != nullptr;
  ERR_clear_error();
  return result;
}

}  // namespace pki
