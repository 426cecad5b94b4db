#include "acme/jose.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/base64.h"
#include "base/error.h"
#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"

namespace acme {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;
using pki::OpenSslPtr;
using pki::require;

std::string bytes_of(const BIGNUM* number, int width) {
  std::string bytes(static_cast<size_t>(width), '\0');
  require(BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), width) == width,
          "can't encode a number");
  return bytes;
}

// A number of the key; `width` 0 for as many bytes as it needs.
std::string number_of(EVP_PKEY* key, const char* name, int width) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number) == 1, "can't read the account's key");
  const OpenSslPtr<BIGNUM> owner(number);
  return bytes_of(number, width > 0 ? width : BN_num_bytes(number));
}

int coordinate_width(EVP_PKEY* key) { return (EVP_PKEY_get_bits(key) + 7) / 8; }

std::string algorithm_of(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return "RS256";
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return "EdDSA";
  if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) == 256) return "ES256";
  if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) == 384) return "ES384";
  throw Error(ErrorKind::kUsage, "an ACME account's key is ec-p256, ec-p384, ed25519 or rsa");
}

struct FreeSignature {
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};

// r and s side by side (RFC 7518, 3.4).
std::string to_raw(const std::string& der, int width) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, FreeSignature> signature(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  require(signature != nullptr, "can't read a signature");
  return bytes_of(ECDSA_SIG_get0_r(signature.get()), width) +
         bytes_of(ECDSA_SIG_get0_s(signature.get()), width);
}

struct FreeDigestContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string from_base64url(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '-', '+');
  std::replace(plain.begin(), plain.end(), '_', '/');
  while (plain.ends_with('\n') || plain.ends_with('=')) plain.pop_back();
  plain.append((4 - plain.size() % 4) % 4, '=');
  auto bytes = base::from_base64(plain);
  base::wipe(plain);
  if (!bytes || bytes->empty()) {
    throw Error(ErrorKind::kInvalid,
                "the key of the external account is no base64url; copy it as the CA shows it");
  }
  return *bytes;
}

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string text = base::to_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

AccountKey::AccountKey(pki::PrivateKey key) : key_(std::move(key)), algorithm_(algorithm_of(key_.handle())) {}

json AccountKey::jwk() const {
  EVP_PKEY* key = key_.handle();
  if (algorithm_ == "RS256") {
    return {{"kty", "RSA"},
            {"n", to_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_N, 0))},
            {"e", to_base64url(number_of(key, OSSL_PKEY_PARAM_RSA_E, 0))}};
  }
  if (algorithm_ == "EdDSA") {
    std::string point(32, '\0');
    size_t size = point.size();
    require(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(point.data()), &size) == 1,
            "can't read the account's key");
    return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", to_base64url(point)}};
  }
  const int width = coordinate_width(key);
  return {{"kty", "EC"},
          {"crv", algorithm_ == "ES256" ? "P-256" : "P-384"},
          {"x", to_base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_X, width))},
          {"y", to_base64url(number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, width))}};
}

std::string AccountKey::thumbprint() const {
  // A json object is sorted and dumped without white space, as RFC 7638, 3.3 wants it.
  const std::string text = jwk().dump();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1,
          "can't hash");
  return to_base64url({reinterpret_cast<char*>(digest.data()), size});
}

std::string AccountKey::sign(std::string_view bytes) const {
  EVP_PKEY* key = key_.handle();
  const EVP_MD* digest = algorithm_ == "EdDSA"   ? nullptr
                         : algorithm_ == "ES384" ? EVP_sha384()
                                                 : EVP_sha256();
  const std::unique_ptr<EVP_MD_CTX, FreeDigestContext> context(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t size = 0;
  require(context != nullptr && EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, data, bytes.size()) == 1,
          "can't sign for the account");
  std::string signature(size, '\0');
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                         bytes.size()) == 1,
          "can't sign for the account");
  signature.resize(size);
  return algorithm_.starts_with("ES") ? to_raw(signature, coordinate_width(key)) : signature;
}

std::string make_jws(const AccountKey& key, json header, std::string_view payload) {
  header["alg"] = key.algorithm();
  const std::string protected_part = to_base64url(header.dump());
  const std::string payload_part = to_base64url(payload);
  const std::string signature = key.sign(protected_part + "." + payload_part);
  return json{
      {"protected", protected_part}, {"payload", payload_part}, {"signature", to_base64url(signature)}}
      .dump();
}

json bind_external_account(const json& jwk, const std::string& url, const std::string& key_id,
                           const base::Secret& hmac_key) {
  const json header{{"alg", "HS256"}, {"kid", key_id}, {"url", url}};
  const std::string protected_part = to_base64url(header.dump());
  const std::string payload_part = to_base64url(jwk.dump());
  const std::string input = protected_part + "." + payload_part;
  std::string key = from_base64url(hmac_key.bytes());
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  const bool done =
      HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac.data(), &size) != nullptr;
  base::wipe(key);
  require(done, "can't sign the external account");
  return {{"protected", protected_part},
          {"payload", payload_part},
          {"signature", to_base64url({reinterpret_cast<char*>(mac.data()), size})}};
}

}  // namespace acme
