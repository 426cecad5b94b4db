#include "pki/batch.h"

#include <gtest/gtest.h>

#include "expect_error.h"
#include "pki_fixture.h"

using base::ErrorKind;
using testing_support::expect_error;
using testing_support::PkiFixture;

namespace {

std::vector<pki::BatchItem> parse(const std::string& text) {
  pki::LineageSettings defaults;
  defaults.lifetime = std::chrono::days(90);
  return pki::parse_batch(text, "f", [&](const std::string&, pki::Profile) { return defaults; });
}

}  // namespace

TEST(Batch, ReadsCsvAndJsonLines) {
  const auto items = parse(
      "# fleet\n\nserver,redis-1,redis-1.example.com, 10.0.0.1\r\nclient,app\npeer,redis-2\n"
      R"({"profile": "server", "name": "j", "sans": ["a.example"], "key_type": "rsa-2048", "lifetime": "30d"})");
  ASSERT_EQ(items.size(), 4u);
  EXPECT_EQ(items[0].name, "redis-1");
  EXPECT_EQ(items[0].settings.subject_alt_names.size(), 2u);
  EXPECT_EQ(items[0].settings.lifetime, std::chrono::days(90));
  EXPECT_TRUE(items[1].settings.subject_alt_names.empty());
  EXPECT_EQ(items[2].settings.subject_alt_names[0].value, "redis-2");
  EXPECT_EQ(items[3].settings.key_type, pki::KeyType::kRsa2048);
  EXPECT_EQ(items[3].settings.lifetime, std::chrono::days(30));
}

TEST(Batch, ErrorsNameTheLine) {
  expect_error(ErrorKind::kUsage, "f:2: write it like", [] { parse("client,a\nclient\n"); });
  expect_error(ErrorKind::kUsage, "f:1: unknown profile 'x'", [] { parse("x,a\n"); });
  expect_error(ErrorKind::kUsage, "f:2: 'a' is there twice", [] { parse("client,a\nclient,a\n"); });
  expect_error(ErrorKind::kUsage, "f:1: '../a' can't be the name", [] { parse("client,../a\n"); });
  expect_error(ErrorKind::kUsage, "f:1: 'a b' is no DNS name", [] { parse("server,a,a b\n"); });
  expect_error(ErrorKind::kUsage, "f:1: no JSON", [] { parse("{\"profile\": 1}\n"); });
  expect_error(ErrorKind::kUsage, "f:1: unknown key 'nme'",
               [] { parse(R"({"profile": "client", "nme": "a"})"); });
}

TEST(Batch, IssuesEveryItemAndRecordsIt) {
  const PkiFixture pki;
  std::string text;
  for (int i = 0; i < 600; ++i) text += "client,c" + std::to_string(i) + "\n";
  pki::LocalIssuer issuer(pki.home, {}, pki.clock);
  std::vector<size_t> progress;
  pki::issue_batch(
      pki.home, issuer, parse(text), [](const pki::Lineage&) { return false; },
      [&](size_t done) { progress.push_back(done); });
  EXPECT_EQ(progress.back(), 600u);
  EXPECT_EQ(pki.home.lineage_names().size(), 600u);
  EXPECT_EQ(issuer.ledger().list().size(), 602u);
  for (const char* name : {"c0", "c599"}) {
    const auto lineage = pki::Lineage::open(pki.home, name);
    EXPECT_EQ(lineage.current(), 1);
    EXPECT_TRUE(lineage.chain(1).front().matches(lineage.key(1)));
    EXPECT_TRUE(issuer.ledger().find(lineage.chain(1).front().serial()));
  }
}

TEST(Batch, LeavesALineageThatIsRotatedToTheRotation) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki::LocalIssuer issuer(pki.home, {}, pki.clock);
  pki::issue_batch(
      pki.home, issuer, parse("server,redis-1,localhost\n"), [](const pki::Lineage&) { return true; },
      [](size_t) {});
  EXPECT_EQ(lineage.latest(), 2);
  EXPECT_EQ(lineage.current(), 1);
}

TEST(Batch, KeepsToTheNameConstraintsOfTheCa) {
  const testing_support::FakeClock clock;
  const testing_support::TemporaryDirectory directory;
  const pki::Home home(directory.path() / "home");
  pki::AuthorityOptions options;
  options.lifetime = std::chrono::days(365);
  options.constraints = pki::parse_name_constraints({"example.com"}, {});
  pki::create_authority(home, options, {}, clock);
  pki::LocalIssuer issuer(home, {}, clock);
  const auto issue = [&](const std::string& text) {
    pki::issue_batch(
        home, issuer, parse(text), [](const pki::Lineage&) { return false; }, [](size_t) {});
  };
  issue("server,a,a.example.com\n");
  expect_error(ErrorKind::kRefused, "name constraints",
               [&] { issue("server,b,b.example.com\nserver,c,c.org\n"); });
  EXPECT_EQ(home.lineage_names(), std::vector<std::string>{"a"});
  EXPECT_EQ(issuer.ledger().list({.lineage = "b"}).size(), 0u);
}

TEST(Batch, RemovesWhatAKilledOneLeft) {
  const PkiFixture pki;
  const auto leftover = pki.home.lineages() / ".new-killed";
  base::make_directories(leftover / "half", 0700);
  pki::LocalIssuer issuer(pki.home, {}, pki.clock);
  pki::issue_batch(
      pki.home, issuer, parse("client,app\n"), [](const pki::Lineage&) { return false; }, [](size_t) {});
  EXPECT_FALSE(std::filesystem::exists(leftover));
  EXPECT_EQ(pki.home.lineage_names(), std::vector<std::string>{"app"});
}
