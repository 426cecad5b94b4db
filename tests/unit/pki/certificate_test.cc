#include "pki/certificate.h"

#include <gtest/gtest.h>

#include "expect_error.h"
#include "pki_fixture.h"

using base::ErrorKind;
using testing_support::expect_error;
using testing_support::PkiFixture;

TEST(Certificate, TellsWhatItSays) {
  const PkiFixture pki;
  const auto lineage = pki.lineage(
      "redis-1",
      pki.settings(pki::Profile::kPeer, {"redis-1.example.com", "::1", "uri:spiffe://x/y", "email:a@b.c"}));
  const auto chain = lineage.chain(1);
  ASSERT_EQ(chain.size(), 2u);
  const auto& leaf = chain[0];
  EXPECT_EQ(leaf.subject(), "CN=test");
  EXPECT_EQ(leaf.issuer(), "CN=Redis PKI Issuing CA");
  EXPECT_EQ(leaf.common_name(), "test");
  EXPECT_EQ(leaf.subject_alt_names(), lineage.settings().subject_alt_names);
  EXPECT_EQ(leaf.key_description(), "EC P-256");
  EXPECT_FALSE(leaf.is_ca());
  EXPECT_TRUE(leaf.allows_server_auth());
  EXPECT_TRUE(leaf.allows_client_auth());
  EXPECT_TRUE(chain[1].is_ca());
  EXPECT_TRUE(chain[1].issued(leaf));
  EXPECT_FALSE(leaf.issued(chain[1]));
  EXPECT_TRUE(lineage.roots(1).front().is_self_issued());
}

TEST(Certificate, ProfilesLimitTheUsage) {
  const PkiFixture pki;
  const auto server = pki.lineage("s", pki.settings(pki::Profile::kServer)).chain(1).front();
  EXPECT_TRUE(server.allows_server_auth());
  EXPECT_FALSE(server.allows_client_auth());
  const auto client = pki.lineage("c", pki.settings(pki::Profile::kClient, {})).chain(1).front();
  EXPECT_FALSE(client.allows_server_auth());
  EXPECT_TRUE(client.allows_client_auth());
}

TEST(Certificate, IsReadBackFromPem) {
  const PkiFixture pki;
  const auto chain = pki.lineage("s", pki.settings(pki::Profile::kServer)).chain(1);
  const auto again = pki::parse_certificates("words before\n" + pki::to_pem(chain) + "and after\n", "x");
  EXPECT_EQ(again, chain);
  EXPECT_EQ(again[0].sha256(), chain[0].sha256());
  EXPECT_EQ(again[0].sha256().size(), 64u);
}

TEST(Certificate, RefusesGarbage) {
  const PkiFixture pki;
  std::string pem = pki::to_pem(pki.lineage("s", pki.settings(pki::Profile::kServer)).chain(1));
  expect_error(ErrorKind::kInvalid, "f: holds no PEM certificate", [] { pki::parse_certificates("", "f"); });
  expect_error(ErrorKind::kInvalid, "f: holds no PEM certificate",
               [] { pki::parse_certificates("hello\n", "f"); });
  expect_error(ErrorKind::kInvalid, "can't be read",
               [&] { pki::parse_certificates(pem.substr(0, pem.size() - 40), "f"); });
  pem[100] = '!';
  expect_error(ErrorKind::kInvalid, "can't be read", [&] { pki::parse_certificates(pem, "f"); });
}
