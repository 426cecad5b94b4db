#include "pki/lineage.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "expect_error.h"
#include "pki_fixture.h"

using base::ErrorKind;
using testing_support::expect_error;
using testing_support::PkiFixture;
namespace fs = std::filesystem;

TEST(Lineage, GenerationsAreNumberedAndCurrentIsALink) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  EXPECT_EQ(pki.issue(lineage), 2);
  EXPECT_EQ(lineage.generations(), (std::vector<int>{1, 2}));
  EXPECT_EQ(lineage.current(), 1);
  lineage.set_current(2);
  EXPECT_EQ(lineage.current(), 2);
  EXPECT_EQ(fs::read_symlink(lineage.paths().current()), "generations/0002");
  EXPECT_TRUE(lineage.chain(2).front().matches(lineage.key(2)));
  EXPECT_FALSE(lineage.chain(2).front().matches(lineage.key(1)));
}

TEST(Lineage, RemembersHowItIsIssued) {
  const PkiFixture pki;
  auto settings = pki.settings(pki::Profile::kPeer, {"a", "10.0.0.1"});
  settings.key_type = pki::KeyType::kEd25519;
  settings.reuse_key = true;
  settings.key_access = {.mode = 0440, .owner = 0, .group = 0};
  settings.subject = {{{"O", "Größe"}, {"CN", "x"}}};
  pki.lineage("p", settings);
  const auto again = pki::Lineage::open(pki.home, "p").settings();
  EXPECT_EQ(again.profile, settings.profile);
  EXPECT_EQ(again.subject_alt_names, settings.subject_alt_names);
  EXPECT_EQ(again.subject.attributes, settings.subject.attributes);
  EXPECT_EQ(again.key_type, settings.key_type);
  EXPECT_EQ(again.lifetime, settings.lifetime);
  EXPECT_TRUE(again.reuse_key);
  EXPECT_EQ(again.key_access.mode, 0440u);
  EXPECT_EQ(again.key_access.owner, 0u);
}

TEST(Lineage, ReusesTheKeyWhenItIsToldTo) {
  const PkiFixture pki;
  auto settings = pki.settings(pki::Profile::kServer);
  settings.reuse_key = true;
  const auto lineage = pki.lineage("r", settings);
  const int second = pki.issue(lineage);
  EXPECT_TRUE(lineage.chain(second).front().matches(lineage.key(1)));
}

TEST(Lineage, LeftoversOfAKilledIssueAreNoGenerationAndGoAway) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("r", pki.settings(pki::Profile::kServer));
  const auto leftover = lineage.paths().generations() / ".new-abcdef";
  fs::create_directory(leftover);
  base::write_file(leftover / "tls.key", "half", {.mode = 0600});
  EXPECT_EQ(lineage.generations(), std::vector<int>{1});
  EXPECT_EQ(pki.issue(lineage), 2);
  EXPECT_FALSE(fs::exists(leftover));
}

TEST(Lineage, PruneThatWasKilledIsFinishedByTheNext) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("r", pki.settings(pki::Profile::kServer));
  for (int i = 0; i < 3; ++i) lineage.set_current(pki.issue(lineage));
  fs::create_directories(lineage.paths().generations() / ".new-pruned" / "half");
  EXPECT_EQ(lineage.prune(2), (std::vector<int>{1, 2}));
  EXPECT_EQ(lineage.generations(), (std::vector<int>{3, 4}));
  EXPECT_FALSE(fs::exists(lineage.paths().generations() / ".new-pruned"));
}

TEST(Lineage, CopiesFollowCurrent) {
  const PkiFixture pki;
  auto settings = pki.settings(pki::Profile::kServer);
  settings.out = pki.directory.path() / "copy";
  const auto lineage = pki.lineage("r", settings);
  lineage.set_current(pki.issue(lineage));
  for (const char* name : {"tls.crt", "tls.key", "ca.crt"}) {
    EXPECT_EQ(base::read_file(settings.out / name), base::read_file(lineage.paths().current() / name))
        << name;
  }
}

TEST(Lineage, NamesCantLeaveTheHome) {
  const PkiFixture pki;
  for (const std::string& name :
       {std::string(), std::string(".."), std::string("a/b"), std::string(".hidden"), std::string("-x"),
        std::string("a b"), std::string(65, 'a')}) {
    expect_error(ErrorKind::kUsage, "can't be the name of a lineage",
                 [&] { pki::Lineage::define(pki.home, name, {}); });
  }
}

TEST(Lineage, UnknownOnesAreAnsweredWithAHint) {
  const PkiFixture pki;
  expect_error(ErrorKind::kNotFound, "redis-pki issue server nope",
               [&] { pki::Lineage::open(pki.home, "nope"); });
}

TEST(Lineage, IssuersAnswersAreNotTrusted) {
  class WrongNames : public pki::LocalIssuer {
   public:
    using LocalIssuer::LocalIssuer;
    pki::IssuedCertificate issue(const pki::CertificateOrder& order) override {
      auto other = order;
      other.subject_alt_names = pki::parse_subject_alt_names({"another.example.com"});
      return LocalIssuer::issue(other);
    }
  };
  const PkiFixture pki;
  const auto lineage = pki.lineage("r", pki.settings(pki::Profile::kServer, {"localhost"}));
  WrongNames issuer(pki.home, {}, pki.clock);
  expect_error(ErrorKind::kRefused, "lacks the name dns:localhost",
               [&] { pki::issue_generation(lineage, issuer, pki.clock); });
  EXPECT_EQ(lineage.generations(), std::vector<int>{1});
}
