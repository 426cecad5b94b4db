#include "pki/authority_change.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "expect_error.h"
#include "pki/chain_verifier.h"
#include "pki_fixture.h"

using pki::ChangePhase;
using pki::Tier;
using testing_support::expect_error;
using testing_support::PkiFixture;

namespace {

std::vector<pki::Certificate> read(const std::filesystem::path& file) {
  return pki::parse_certificates(base::read_file(file), file.native());
}

bool verifies(const PkiFixture& pki, const pki::CertificateChain& chain,
              const std::vector<pki::Certificate>& roots) {
  return !pki::has_errors(
      pki::verify_chain(chain, roots, {.purpose = {}, .host = {}, .at = pki.clock.now()}));
}

void begin(const PkiFixture& pki, Tier tier) {
  pki::begin_authority_change(pki.home, {.tier = tier}, {}, pki.clock);
}

pki::CertificateChain issue(const PkiFixture& pki) {
  auto lineage = pki::Lineage::define(pki.home, "x", pki.settings(pki::Profile::kServer));
  lineage.save();
  return lineage.chain(pki.issue(lineage));
}

}  // namespace

TEST(AuthorityChange, TrustsBothThenSignsWithTheNewOneThenDropsTheOld) {
  PkiFixture pki;
  const auto old = read(pki.home.root_certificate());
  begin(pki, Tier::kRoot);
  const auto change = pki::read_authority_change(pki.home);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->phase, ChangePhase::kTrust);
  EXPECT_FALSE(change->is_done);
  const auto next = pki::next_roots(pki.home);
  EXPECT_EQ(next.front().common_name(), "Redis PKI Root CA G2");
  EXPECT_EQ(pki::old_roots(pki.home), old);
  EXPECT_EQ(read(pki.home.client_roots()), old) << "nothing is trusted yet";

  std::vector<pki::Certificate> both = old;
  both.push_back(next.front());
  pki::set_trusted_roots(pki.home, both);
  EXPECT_EQ(read(pki.home.client_roots()), both);
  EXPECT_TRUE(verifies(pki, issue(pki), old)) << "the old one signs";
  pki::sign_with_next(pki.home);
  const auto chain = issue(pki);
  EXPECT_TRUE(verifies(pki, chain, next));
  EXPECT_FALSE(verifies(pki, chain, old));
  pki::sign_with_old(pki.home);
  EXPECT_TRUE(verifies(pki, issue(pki), old));
  pki::sign_with_next(pki.home);

  pki::set_trusted_roots(pki.home, next);
  pki::settle_next_authority(pki.home);
  EXPECT_EQ(read(pki.home.root_certificate()), next);
  EXPECT_FALSE(std::filesystem::exists(pki.home.next_authority().directory));
  EXPECT_TRUE(verifies(pki, issue(pki), next));
  pki::unsettle_next_authority(pki.home);
  pki::set_trusted_roots(pki.home, both);
  EXPECT_EQ(read(pki.home.client_roots()).size(), 2u);
  EXPECT_TRUE(verifies(pki, issue(pki), next));
  pki::sign_with_old(pki.home);
  EXPECT_TRUE(verifies(pki, issue(pki), old));
}

TEST(AuthorityChange, ASingleTierSignsWithTheRootThatFitsItsKey) {
  PkiFixture pki(true);
  begin(pki, Tier::kRoot);
  const auto old = pki::old_roots(pki.home);
  const auto next = pki::next_roots(pki.home);
  pki::set_trusted_roots(pki.home, {old.front(), next.front()});
  EXPECT_TRUE(verifies(pki, issue(pki), old));
  pki::sign_with_next(pki.home);
  EXPECT_TRUE(verifies(pki, issue(pki), next));
  expect_error(base::ErrorKind::kUsage, "single tier", [&] { begin(pki, Tier::kIssuing); });
}

TEST(AuthorityChange, ANewIssuingTierIsOfTheSameRoot) {
  PkiFixture pki;
  const auto root = read(pki.home.root_certificate());
  begin(pki, Tier::kIssuing);
  EXPECT_EQ(pki::next_roots(pki.home), root);
  pki::sign_with_next(pki.home);
  const auto chain = issue(pki);
  EXPECT_TRUE(verifies(pki, chain, root));
  EXPECT_EQ(chain[1].common_name(), "Redis PKI Issuing CA G2");
  std::filesystem::remove(pki.home.root_key());
  expect_error(base::ErrorKind::kNotFound, "--tier root", [&] { begin(pki, Tier::kIssuing); });
}

TEST(AuthorityChange, KeepsTypeOfKeyNameConstraintsAndPassphrase) {
  PkiFixture pki;
  std::filesystem::remove_all(pki.home.root());
  pki::AuthorityOptions options;
  options.lifetime = std::chrono::days(100);
  options.key_type = pki::KeyType::kEcP384;
  options.constraints = pki::parse_name_constraints({"example.com"}, {});
  pki::create_authority(pki.home, options, base::Secret(std::string("secret")), pki.clock);
  expect_error(base::ErrorKind::kInvalid, "passphrase", [&] { begin(pki, Tier::kRoot); });
  EXPECT_FALSE(pki::read_authority_change(pki.home));
  pki::begin_authority_change(pki.home, {}, base::Secret(std::string("secret")), pki.clock);
  pki::sign_with_next(pki.home);
  const auto authority = pki::Authority::open(pki.home, base::Secret(std::string("secret")));
  EXPECT_EQ(pki::type_of(authority.key().handle()), pki::KeyType::kEcP384);
  pki::LocalIssuer issuer(pki.home, base::Secret(std::string("secret")), pki.clock);
  auto lineage = pki::Lineage::define(pki.home, "x", pki.settings(pki::Profile::kServer));
  expect_error(base::ErrorKind::kRefused, "name constraints",
               [&] { pki::issue_generation(lineage, issuer, pki.clock); });
}

TEST(AuthorityChange, KeepsTheRootsOfOthersThatClientsAreVerifiedWith) {
  PkiFixture pki;
  PkiFixture other;
  const auto foreign = read(other.home.root_certificate()).front();
  pki::change_certificates(pki.home.client_roots(), {foreign}, {});
  begin(pki, Tier::kRoot);
  pki::set_trusted_roots(pki.home, pki::next_roots(pki.home));
  const auto trusted = read(pki.home.client_roots());
  EXPECT_EQ(trusted, (std::vector<pki::Certificate>{foreign, pki::next_roots(pki.home).front()}));
}

TEST(AuthorityChange, HasARevocationListOfEachCa) {
  PkiFixture pki;
  EXPECT_EQ(pki::parse_crls(pki::make_crls(pki.home, {}, std::chrono::days(7), pki.clock), "x").size(), 1u);
  begin(pki, Tier::kRoot);
  const auto crls = pki::parse_crls(pki::make_crls(pki.home, {}, std::chrono::days(7), pki.clock), "x");
  ASSERT_EQ(crls.size(), 2u);
}

TEST(AuthorityChange, NeedsNoKeyOfTheOldOne) {
  PkiFixture pki;
  pki::LocalIssuer issuer(pki.home, {}, pki.clock);
  base::write_file(pki.home.crl(), issuer.make_crl(std::chrono::days(7)).to_pem(), {.mode = 0644});
  std::filesystem::remove(pki.home.root_key());
  std::filesystem::remove(pki.home.issuing_key());
  begin(pki, Tier::kRoot);
  const auto next = pki::next_roots(pki.home);
  pki::set_trusted_roots(pki.home, next);
  pki::sign_with_next(pki.home);
  EXPECT_TRUE(verifies(pki, issue(pki), next));
  const auto crls = pki::parse_crls(pki::make_crls(pki.home, {}, std::chrono::days(7), pki.clock), "x");
  EXPECT_EQ(crls.size(), 2u) << "the old one's last list stays";
  pki::settle_next_authority(pki.home);
  EXPECT_TRUE(verifies(pki, issue(pki), next));
}
