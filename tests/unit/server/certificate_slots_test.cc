#include "server/certificate_slots.h"

#include <gtest/gtest.h>

#include "pki_fixture.h"

using testing_support::PkiFixture;

namespace {

struct SlotsTest : testing::Test {
  pki::Certificate certificate(const std::string& name) {
    return pki.lineage(name, pki.settings(pki::Profile::kServer)).chain(1).front();
  }

  PkiFixture pki;
  server::CertificateSlots slots;
  pki::Certificate a = certificate("a");
  pki::Certificate b = certificate("b");
  pki::Certificate c = certificate("c");
};

using CertificateSlots = SlotsTest;

}  // namespace

TEST_F(CertificateSlots, FirstTwoEvictNobody) {
  EXPECT_EQ(slots.superseded_by(a), std::nullopt);
  slots.install(a, nullptr);
  EXPECT_EQ(slots.superseded_by(b), std::nullopt);
  slots.install(b, nullptr);
  EXPECT_EQ(slots.current()->leaf, b);
  EXPECT_EQ(slots.current()->number, 2u);
  EXPECT_EQ(slots.previous()->leaf, a);
  EXPECT_EQ(slots.previous()->number, 1u);
}

TEST_F(CertificateSlots, ThirdEvictsTheOldest) {
  slots.install(a, nullptr);
  slots.install(b, nullptr);
  EXPECT_EQ(slots.superseded_by(c), 1u);
  slots.install(c, nullptr);
  EXPECT_EQ(slots.current()->number, 3u);
  EXPECT_EQ(slots.previous()->number, 2u);
}

TEST_F(CertificateSlots, GoingBackEvictsNobody) {
  slots.install(a, nullptr);
  slots.install(b, nullptr);
  EXPECT_EQ(slots.superseded_by(a), std::nullopt);
  slots.install(a, nullptr);
  EXPECT_EQ(slots.current()->number, 1u);
  EXPECT_EQ(slots.previous()->number, 2u);
  EXPECT_EQ(slots.superseded_by(c), 2u);
}

TEST_F(CertificateSlots, TheSameLeafKeepsItsSlotAndGetsTheNewContext) {
  slots.install(a, nullptr);
  slots.install(b, nullptr);
  const auto lineage = pki::Lineage::open(pki.home, "b");
  const auto context =
      tls::Context::for_server({lineage.chain(1), lineage.key(1)}, {.client_auth = tls::ClientAuth::kNo});
  EXPECT_EQ(slots.superseded_by(b), std::nullopt);
  slots.install(b, context);
  EXPECT_EQ(slots.current()->number, 2u);
  EXPECT_EQ(slots.current()->context, context);
  EXPECT_EQ(slots.previous()->number, 1u);
}

TEST_F(CertificateSlots, OneThatComesBackAfterItWasSupersededIsNew) {
  slots.install(a, nullptr);
  slots.install(b, nullptr);
  slots.install(c, nullptr);
  EXPECT_EQ(slots.superseded_by(a), 2u);
  slots.install(a, nullptr);
  EXPECT_EQ(slots.current()->number, 4u);
}
