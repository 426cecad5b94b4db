#include "pki/ledger.h"

#include <gtest/gtest.h>

#include "expect_error.h"
#include "pki_fixture.h"

using testing_support::PkiFixture;

TEST(Ledger, HoldsEveryCertificateOfTheHome) {
  const PkiFixture pki;
  const auto lineage =
      pki.lineage("redis-1", pki.settings(pki::Profile::kServer, {"localhost", "127.0.0.1"}));
  const pki::Ledger ledger(pki.home.ledger());
  const auto entries = ledger.list();
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].profile, "ca");
  EXPECT_EQ(entries[1].subject, "CN=Redis PKI Issuing CA");
  const auto leaf = lineage.chain(1).front();
  const auto entry = ledger.find(leaf.serial());
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->lineage, "redis-1");
  EXPECT_EQ(entry->profile, "server");
  EXPECT_EQ(entry->sha256, leaf.sha256());
  EXPECT_EQ(entry->subject_alt_names, leaf.subject_alt_names());
  EXPECT_EQ(entry->not_before, leaf.not_before());
  EXPECT_EQ(entry->not_after, leaf.not_after());
}

TEST(Ledger, RefusesToReuseASerial) {
  const PkiFixture pki;
  const auto leaf = pki.lineage("a", pki.settings(pki::Profile::kServer)).chain(1).front();
  pki::Ledger ledger(pki.home.ledger());
  testing_support::expect_error(base::ErrorKind::kExists, "the serial is taken",
                                [&] { ledger.record(leaf, "b", "server"); });
  EXPECT_EQ(ledger.find(leaf.serial())->lineage, "a");
}

TEST(Ledger, KnowsNothingOfOtherSerials) {
  const PkiFixture pki;
  EXPECT_FALSE(pki::Ledger(pki.home.ledger()).find("00"));
}
