#include "pki/authority.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "expect_error.h"
#include "pki/chain_verifier.h"
#include "pki_fixture.h"

using base::ErrorKind;
using testing_support::expect_error;
using testing_support::PkiFixture;
namespace fs = std::filesystem;

namespace {

pki::CertificateTemplate leaf_template(pki::Profile profile) {
  pki::CertificateTemplate wanted;
  wanted.subject = {{{"CN", "leaf"}}};
  wanted.profile = profile;
  return wanted;
}

pki::Certificate sign_leaf(const pki::Authority& authority, const PkiFixture& pki,
                           std::chrono::seconds lifetime) {
  const auto key = pki::PrivateKey::generate(pki::KeyType::kEcP256);
  return authority.sign(leaf_template(pki::Profile::kServer), lifetime, key.handle(), pki.clock);
}

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST(Authority, KeysAreTheOwnersOnly) {
  const PkiFixture pki;
  EXPECT_EQ(mode_of(pki.home.authority()), 0700u);
  EXPECT_EQ(mode_of(pki.home.root_key()), 0600u);
  EXPECT_EQ(mode_of(pki.home.issuing_key()), 0600u);
  EXPECT_EQ(mode_of(pki.home.ledger()), 0600u);
  EXPECT_EQ(mode_of(pki.home.root()), 0755u);
}

TEST(Authority, RefusesToReplaceACa) {
  const PkiFixture pki;
  const std::string before = base::read_file(pki.home.root_certificate());
  expect_error(ErrorKind::kExists, "there is a CA already", [&] {
    pki::AuthorityOptions options;
    options.lifetime = std::chrono::days(1);
    pki::create_authority(pki.home, options, {}, pki.clock);
  });
  EXPECT_EQ(base::read_file(pki.home.root_certificate()), before);
}

TEST(Authority, LeafNeverOutlivesItsCa) {
  const PkiFixture pki;
  const auto authority = pki::Authority::open(pki.home, {});
  const auto leaf = sign_leaf(authority, pki, std::chrono::days(100 * 365));
  EXPECT_EQ(leaf.not_after(), authority.certificate().not_after());
}

TEST(Authority, LeafStartsALittleInThePast) {
  const PkiFixture pki;
  const auto leaf = sign_leaf(pki::Authority::open(pki.home, {}), pki, std::chrono::days(90));
  EXPECT_EQ(leaf.not_before(), pki.clock.now() - std::chrono::minutes(5));
  EXPECT_EQ(leaf.not_after(), pki.clock.now() + std::chrono::days(90));
}

TEST(Authority, SerialsArePositiveAndHave160Bits) {
  const PkiFixture pki;
  const auto authority = pki::Authority::open(pki.home, {});
  const auto first = sign_leaf(authority, pki, std::chrono::days(1)).serial();
  EXPECT_EQ(first.size(), 40u);
  EXPECT_GE(first[0], '4');
  EXPECT_LE(first[0], '7');
  EXPECT_NE(first, sign_leaf(authority, pki, std::chrono::days(1)).serial());
}

TEST(Authority, ExpiredOneSignsNothing) {
  PkiFixture pki;
  const auto authority = pki::Authority::open(pki.home, {});
  pki.clock.advance(std::chrono::days(3651));
  expect_error(ErrorKind::kInvalid, "has expired", [&] { sign_leaf(authority, pki, std::chrono::days(1)); });
}

TEST(Authority, SingleTierSignsWithTheRoot) {
  const PkiFixture pki(true);
  const auto authority = pki::Authority::open(pki.home, {});
  EXPECT_TRUE(authority.intermediates().empty());
  EXPECT_FALSE(fs::exists(pki.home.issuing_key()));
  const auto leaf = sign_leaf(authority, pki, std::chrono::days(1));
  EXPECT_TRUE(authority.roots().front().issued(leaf));
}

TEST(Authority, RootKeyMayBeKeptAway) {
  const PkiFixture pki;
  fs::remove(pki.home.root_key());
  sign_leaf(pki::Authority::open(pki.home, {}), pki, std::chrono::days(1));
}

TEST(Authority, SaysWhenThereIsNone) {
  const testing_support::TemporaryDirectory directory;
  expect_error(ErrorKind::kNotFound, "redis-pki init",
               [&] { pki::Authority::open(pki::Home(directory.path()), {}); });
}
