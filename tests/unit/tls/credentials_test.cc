#include "tls/credentials.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "expect_error.h"
#include "pki_fixture.h"

using base::ErrorKind;
using testing_support::expect_error;
using testing_support::PkiFixture;

TEST(Credentials, AreReadFromALineage) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  const auto files = lineage.paths().current_files();
  const auto credentials = tls::load_credentials(files.certificate(), files.key(), {});
  EXPECT_EQ(credentials.chain, lineage.chain(1));
  tls::require_usable(credentials, pki::Profile::kServer, pki.clock.now());
}

// D1 of Redis and Valkey: an RSA certificate with an EC key is accepted there, and TLS is dead.
TEST(Credentials, RefuseAKeyOfAnotherPairAndOfAnotherType) {
  const PkiFixture pki;
  const auto files = pki.lineage("s", pki.settings(pki::Profile::kServer)).paths().current_files();
  const auto other = pki.directory.path() / "other.key";
  for (const auto type : {pki::KeyType::kEcP256, pki::KeyType::kRsa2048, pki::KeyType::kEd25519}) {
    base::write_file(other, pki::PrivateKey::generate(type).to_pem().bytes(), {.mode = 0600});
    expect_error(ErrorKind::kInvalid, "the private key does not match the certificate",
                 [&] { tls::load_credentials(files.certificate(), other, {}); });
  }
}

TEST(Credentials, RefuseAChainInTheWrongOrder) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  const auto chain = lineage.chain(1);
  const auto path = pki.directory.path() / "chain.crt";
  base::write_file(path, chain[0].to_pem() + chain[0].to_pem(), {.mode = 0644});
  expect_error(ErrorKind::kInvalid, "put the leaf first",
               [&] { tls::load_credentials(path, lineage.paths().current_files().key(), {}); });
}

// D2: an expired certificate is accepted there.
TEST(Credentials, AreUnusableBeforeAndAfterTheirTimeAndForTheWrongPurpose) {
  PkiFixture pki;
  const auto files = pki.lineage("c", pki.settings(pki::Profile::kClient, {})).paths().current_files();
  const auto credentials = tls::load_credentials(files.certificate(), files.key(), {});
  const auto require = [&](pki::Profile purpose, std::chrono::seconds later) {
    tls::require_usable(credentials, purpose, pki.clock.now() + later);
  };
  require(pki::Profile::kClient, {});
  expect_error(ErrorKind::kInvalid, "expired at",
               [&] { require(pki::Profile::kClient, std::chrono::days(91)); });
  expect_error(ErrorKind::kInvalid, "is not valid before",
               [&] { require(pki::Profile::kClient, std::chrono::days(-1)); });
  expect_error(ErrorKind::kInvalid, "may not be used by a server",
               [&] { require(pki::Profile::kServer, {}); });
  expect_error(ErrorKind::kInvalid, "may not be used by a server", [&] { require(pki::Profile::kPeer, {}); });
}

TEST(Credentials, SayWhichFileIsNotThere) {
  expect_error(ErrorKind::kNotFound, "/nope.crt: can't read: No such file",
               [] { tls::load_credentials("/nope.crt", "/nope.key", {}); });
}
