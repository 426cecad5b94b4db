#include "check/source.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "check/report.h"
#include "pki_fixture.h"

using testing_support::PkiFixture;
namespace fs = std::filesystem;

namespace {

std::vector<check::Observation> observe(const PkiFixture& pki, const std::string& target) {
  return check::observe(target, pki.home, {}, pki.clock);
}

}  // namespace

TEST(Source, LineageShowsItsCurrentGeneration) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki.issue(lineage);
  const auto seen = observe(pki, "redis-1");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].source, "lineage redis-1");
  EXPECT_EQ(seen[0].chain, lineage.chain(1));
  EXPECT_TRUE(seen[0].findings.empty());
}

TEST(Source, LineageWithAForeignKeyIsFound) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  base::write_file(lineage.paths().generation(1).key(),
                   pki::PrivateKey::generate(pki::KeyType::kEcP256).to_pem().bytes(), {.mode = 0600});
  const auto seen = observe(pki, "redis-1");
  ASSERT_EQ(seen[0].findings.size(), 1u);
  EXPECT_EQ(seen[0].findings[0].code, "key_mismatch");
}

TEST(Source, HomeShowsOnlyWhatIsCurrent) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki.issue(lineage);
  const auto seen = observe(pki, pki.home.root());
  ASSERT_EQ(seen.size(), 4u);  // root, issuing, trust, lineage
  EXPECT_EQ(seen[3].chain, lineage.chain(1));
}

TEST(Source, DirectoriesAreSearchedForCertificatesAndUnreadableOnesReported) {
  const PkiFixture pki;
  const auto chain = pki.lineage("s", pki.settings(pki::Profile::kServer)).chain(1);
  const auto directory = pki.directory.path() / "tls";
  fs::create_directories(directory / "deep");
  base::write_file(directory / "deep" / "a.pem", pki::to_pem(chain), {.mode = 0644});
  base::write_file(directory / "b.key", "no certificate", {.mode = 0644});
  base::write_file(directory / "c.crt", "-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n",
                   {.mode = 0644});
  const auto seen = observe(pki, directory);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_NE(seen[0].failure, "");
  EXPECT_EQ(seen[1].chain, chain);
}

TEST(Source, NothingIsOkWithoutACertificate) {
  const PkiFixture pki;
  const auto empty = pki.directory.path() / "empty";
  fs::create_directories(empty);
  for (const std::string& target :
       {empty.native(), std::string("/no/such/file"), std::string("no-such-lineage"),
        std::string("unix:/no/socket"), std::string("127.0.0.1:1")}) {
    const auto seen = observe(pki, target);
    ASSERT_EQ(seen.size(), 1u) << target;
    EXPECT_NE(seen[0].failure, "") << target;
    EXPECT_EQ(check::judge(seen[0], {}, pki.clock.now()).state, check::State::kUnknown);
  }
}

TEST(Report, JsonSurvivesForeignBytes) {
  check::Verdict verdict;
  verdict.observation.source = "x\xff";
  EXPECT_NE(check::render_json({verdict}).find("\"state\": \"ok\""), std::string::npos);
}
