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
  EXPECT_EQ(first_code(rotate::validate_generation(lineage, 1, {lineage.chain(1).front(), {"localhost"}},
                                                   pki.clock.now())),
            "");
}

TEST(Validation, RefusesToLoseANameOfTheOldCertificate) {
  const PkiFixture pki;
  const auto old_leaf =
      pki.lineage("s", pki.settings(pki::Profile::kServer, {"localhost", "10.0.0.1"})).chain(1).front();
  const auto lineage = pki.lineage("t", pki.settings(pki::Profile::kServer, {"localhost"}));
  const auto findings = rotate::validate_generation(lineage, 1, {old_leaf, {}}, pki.clock.now());
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].code, "name_lost");
  EXPECT_NE(findings[0].text.find("ip:10.0.0.1"), std::string::npos);
}

TEST(Validation, RefusesACertificateThatIsNotForTheTarget) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  EXPECT_EQ(first_code(rotate::validate_generation(lineage, 1, {{}, {"127.0.0.1"}}, pki.clock.now())),
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
