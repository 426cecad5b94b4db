#include "acme/jose.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "expect_error.h"

using nlohmann::json;

namespace {

acme::AccountKey key_of(pki::KeyType type) { return acme::AccountKey(pki::PrivateKey::generate(type)); }

// The private key of RFC 8037, A.1 as PKCS#8.
constexpr const char* kEd25519 =
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace

TEST(Jose, Base64UrlHasNoPaddingAndItsOwnLetters) {
  EXPECT_EQ(acme::to_base64url("\xff\xef\xbe"), "_---");
  EXPECT_EQ(acme::to_base64url("f"), "Zg");
  EXPECT_EQ(acme::to_base64url(""), "");
}

TEST(Jose, GivesTheVectorsOfRfc8037) {
  const acme::AccountKey key(pki::PrivateKey::from_pem(base::Secret(std::string_view(kEd25519)), {}, "test"));
  EXPECT_EQ(key.jwk().at("x"), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_EQ(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  EXPECT_EQ(acme::to_base64url(key.sign("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST(Jose, SignsWithTheAlgorithmOfTheKey) {
  const std::tuple<pki::KeyType, const char*, size_t> kKinds[] = {{pki::KeyType::kEcP256, "ES256", 64},
                                                                  {pki::KeyType::kEcP384, "ES384", 96},
                                                                  {pki::KeyType::kEd25519, "EdDSA", 64},
                                                                  {pki::KeyType::kRsa2048, "RS256", 256}};
  for (const auto& [type, algorithm, size] : kKinds) {
    const auto key = key_of(type);
    EXPECT_EQ(key.algorithm(), algorithm);
    EXPECT_EQ(key.sign("x").size(), size) << algorithm;
    const json jws = json::parse(acme::make_jws(key, {{"nonce", "n"}, {"url", "u"}}, ""));
    EXPECT_EQ(jws.at("payload"), "");
    EXPECT_EQ(jws.size(), 3u);
  }
}

TEST(Jose, ExternalAccountsKeyMustBeBase64Url) {
  const auto jwk = key_of(pki::KeyType::kEcP256).jwk();
  const auto bind = [&](const char* key) {
    return acme::bind_external_account(jwk, "https://a/new", "kid", base::Secret(std::string_view(key)));
  };
  EXPECT_FALSE(
      bind("zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W\n").at("signature").empty());
  for (const char* key : {"", "not base64!", "\n"}) {
    testing_support::expect_error(base::ErrorKind::kInvalid, "no base64url", [&] { bind(key); });
  }
}
