#include "pki/key.h"

#include <gtest/gtest.h>

#include "expect_error.h"

using base::ErrorKind;
using base::Secret;
using pki::PrivateKey;
using testing_support::expect_error;

TEST(PrivateKey, EveryTypeIsWrittenAndReadBack) {
  const std::pair<const char*, const char*> kExpected[] = {{"ec-p256", "EC P-256"},
                                                           {"ec-p384", "EC P-384"},
                                                           {"ed25519", "Ed25519"},
                                                           {"rsa-2048", "RSA 2048"},
                                                           {"rsa-3072", "RSA 3072"}};
  for (const auto& [type, description] : kExpected) {
    const auto key = PrivateKey::generate(pki::parse_key_type(type));
    EXPECT_EQ(pki::describe_key(key.handle()), description);
    const auto again = PrivateKey::from_pem(key.to_pem(), {}, "key");
    EXPECT_EQ(again.to_pem().bytes(), key.to_pem().bytes());
  }
}

TEST(PrivateKey, EncryptedOnesNeedTheirPassphrase) {
  const auto key = PrivateKey::generate(pki::KeyType::kEcP256);
  const Secret passphrase(std::string_view("correct horse"));
  const Secret pem = key.to_pem(passphrase);
  EXPECT_NE(pem.bytes().find("ENCRYPTED PRIVATE KEY"), std::string_view::npos);
  EXPECT_EQ(PrivateKey::from_pem(pem, passphrase, "key").to_pem().bytes(), key.to_pem().bytes());
  expect_error(ErrorKind::kInvalid, "is the passphrase right?",
               [&] { PrivateKey::from_pem(pem, Secret(std::string_view("wrong")), "key"); });
  expect_error(ErrorKind::kInvalid, "no passphrase was given", [&] { PrivateKey::from_pem(pem, {}, "key"); });
}

TEST(PrivateKey, RefusesGarbage) {
  for (const char* text : {"", "garbage", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    expect_error(ErrorKind::kInvalid, "/etc/tls.key: holds no PEM private key",
                 [&] { PrivateKey::from_pem(Secret(std::string_view(text)), {}, "/etc/tls.key"); });
  }
}

TEST(PrivateKey, UnknownTypesAreAnsweredWithTheKnownOnes) {
  expect_error(ErrorKind::kUsage, "ec-p256, ec-p384, ed25519, rsa-2048", [] { pki::parse_key_type("dsa"); });
}
