#include "rotate/validation.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "pki_fixture.h"

using testing_support::PkiFixture;

namespace {

std::string first_code(const pki::Findings& findings) {
  return findings.empty() ? "" : findings.front().code;
}

}  // namespace

TEST(Validation, AcceptsAGoodGeneration) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  EXPECT_EQ(first_code(rotate::validate_generation(
                lineage, 1, {{.old_leaf = lineage.chain(1).front(), .host = "localhost"}}, pki.clock.now())),
            "");
}

TEST(Validation, RefusesToLoseANameOfTheOldCertificate) {
  const PkiFixture pki;
  const auto old_leaf =
      pki.lineage("s", pki.settings(pki::Profile::kServer, {"localhost", "10.0.0.1"})).chain(1).front();
  const auto lineage = pki.lineage("t", pki.settings(pki::Profile::kServer, {"localhost"}));
  const auto findings = rotate::validate_generation(lineage, 1, {{.old_leaf = old_leaf}}, pki.clock.now());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "name_lost");
  EXPECT_NE(findings[0].text.find("ip:10.0.0.1"), std::string::npos);
}

TEST(Validation, RefusesACertificateThatIsNotForTheTarget) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  EXPECT_EQ(first_code(rotate::validate_generation(lineage, 1, {{.host = "127.0.0.1"}}, pki.clock.now())),
            "name_mismatch");
}

TEST(Validation, RefusesAMismatchedPairAndAnExpiredCertificate) {
  PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  EXPECT_EQ(first_code(rotate::validate_generation(lineage, 1, {}, pki.clock.now() + std::chrono::days(91))),
            "expired");
  base::write_file(lineage.paths().generation(1).key(),
                   pki::PrivateKey::generate(pki::KeyType::kEcP256).to_pem().bytes(), {.mode = 0600});
  EXPECT_EQ(first_code(rotate::validate_generation(lineage, 1, {}, pki.clock.now())), "key_mismatch");
}

TEST(Validation, RefusesToLockOutClientsThatTrustAnotherCa) {
  const PkiFixture pki, other;
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  const auto roots = other.lineage("s", other.settings(pki::Profile::kServer)).roots(1);
  EXPECT_EQ(first_code(rotate::validate_generation(lineage, 1, {{.roots = roots}}, pki.clock.now())),
            "unknown_ca");
}

TEST(Validation, RefusesToLoseTheUsageWithWhichAServerDialsOthers) {
  const PkiFixture pki;
  const auto peer = pki.lineage("p", pki.settings(pki::Profile::kPeer)).chain(1).front();
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  const auto validate = [&](const pki::Certificate& old_leaf, bool dials_out) {
    return first_code(rotate::validate_generation(
        lineage, 1, {{.old_leaf = old_leaf, .dials_out = dials_out}}, pki.clock.now()));
  };
  EXPECT_EQ(validate(peer, true), "usage_lost");
  EXPECT_EQ(validate(peer, false), "");
  EXPECT_EQ(validate(lineage.chain(1).front(), true), "usage_lacked") << "it did without before";
}

TEST(Validation, RefusesAKeyThatTheServersUserCantRead) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  const rotate::ProcessUser stranger{54321, {54321}};
  EXPECT_EQ(first_code(rotate::validate_generation(lineage, 1, {{.reader = stranger}}, pki.clock.now())),
            "key_unreadable");
}
