#include "cli/settings.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/file.h"
#include "cli_fixture.h"
#include "expect_error.h"
#include "pki/lineage.h"

using testing_support::CliFixture;
using testing_support::expect_error;

namespace {

struct SettingsFile : CliFixture {
  void write(const std::string& text) { base::write_file(file, text, {.mode = 0644}); }

  void make_home() { ASSERT_EQ(run({"init", "--passphrase", "none"}).code, 0); }

  pki::LineageSettings lineage(const std::string& name) {
    return pki::Lineage::open(pki::Home(home), name).settings();
  }

  std::filesystem::path file = directory.path() / "settings.toml";
};

}  // namespace

TEST_F(SettingsFile, HoldsTextNumbersTruthAndListsInSections) {
  write(
      "ca-passphrase = 'none'\n[check]\nwarn = \"30d # not a comment\"\n[target.redis-1]\nport = 6380\n"
      "discover = true\nnames = ['a', \"b,c\"]\n");
  const auto settings = cli::Settings::read(file);
  EXPECT_EQ(*settings.find({""}, "ca-passphrase"), std::vector<std::string>{"none"});
  EXPECT_EQ(*settings.find({"none", "check"}, "warn"), std::vector<std::string>{"30d # not a comment"});
  EXPECT_EQ(*settings.find({"target.redis-1"}, "port"), std::vector<std::string>{"6380"});
  EXPECT_EQ(*settings.find({"target.redis-1"}, "discover"), std::vector<std::string>{"true"});
  EXPECT_EQ(*settings.find({"target.redis-1"}, "names"), (std::vector<std::string>{"a", "b,c"}));
  EXPECT_EQ(settings.find({"target.redis-1"}, "absent"), nullptr);
}

TEST_F(SettingsFile, ErrorsNameTheLine) {
  const auto expect = [&](const std::string& text, const std::string& part) {
    write(text);
    expect_error(base::ErrorKind::kUsage, file.native() + part, [&] { cli::Settings::read(file); });
  };
  expect("[check]\nwarn = \n", ":2: ");
  expect("[check\n", ":1: ");
  expect("a = 2020-01-01\n", ":1: a value must be");
  expect("\n[a.b.c]\nd = 1\n", ":2: the section lies too deep");
  expect("a = [[1]]\n", ":1: a value must be");
}

TEST_F(SettingsFile, WhatIsUnknownNamesTheNearest) {
  make_home();
  const auto expect = [&](const std::string& text, const std::string& part) {
    write(text);
    expect_usage_error({"list", "--settings", file.native()}, file.native() + ": " + part);
  };
  expect("[chek]\nwarn = '30d'\n", "unknown section [chek]; did you mean 'check'?");
  expect("[check]\nwarm = '30d'\n", "[check] unknown setting 'warm'; did you mean 'warn'?");
  expect("[issue.server]\nlife-time = '3d'\n",
         "[issue.server] unknown setting 'life-time'; did you mean 'lifetime'?");
  expect("ca-pasphrase = 'none'\n", "unknown setting 'ca-pasphrase'; did you mean 'ca-passphrase'?");
  EXPECT_NE(run({"list", "--settings", "/nowhere.toml"}).code, 0);
}

TEST_F(SettingsFile, OfTheHomeIsReadWithoutBeingNamed) {
  make_home();
  base::write_file(home / "redis-pki.toml", "[issue]\nlifetime = '12d'\n", {.mode = 0644});
  ASSERT_EQ(run({"issue", "client", "app"}).code, 0);
  EXPECT_EQ(lineage("app").lifetime, std::chrono::days(12));
}

TEST_F(SettingsFile, ProfilesHaveDefaultsOfTheirOwn) {
  make_home();
  write("[issue]\nlifetime = '20d'\nmode = '0440'\n[issue.client]\nlifetime = '10d'\nkey-type = 'ec-p384'\n");
  const std::vector<std::string> with{"--settings", file.native()};
  ASSERT_EQ(run({"issue", "client", "app", with[0], with[1]}).code, 0);
  ASSERT_EQ(run({"issue", "server", "redis-1", with[0], with[1]}).code, 0);
  EXPECT_EQ(lineage("app").lifetime, std::chrono::days(10));
  EXPECT_EQ(lineage("app").key_type, pki::KeyType::kEcP384);
  EXPECT_EQ(lineage("redis-1").lifetime, std::chrono::days(20));
  EXPECT_EQ(lineage("redis-1").key_access.mode, 0440u);
}

TEST_F(SettingsFile, ALineageRemembersWhatItWasIssuedWith) {
  make_home();
  ASSERT_EQ(run({"issue", "client", "app", "--lifetime", "5d"}).code, 0);
  write("[issue]\nlifetime = '20d'\n");
  ASSERT_EQ(run({"issue", "client", "app", "--settings", file.native()}).code, 0);
  EXPECT_EQ(lineage("app").lifetime, std::chrono::days(5));
}

TEST_F(SettingsFile, LifetimesOverTheLimitAreRefused) {
  make_home();
  write("[issue]\nmax-lifetime = '100d'\n[issue.client]\nmax-lifetime = '7d'\nlifetime = '7d'\n");
  const std::string settings = "--settings=" + file.native();
  const std::string refusal = "is over the max-lifetime of the settings";
  EXPECT_EQ(run({"issue", "client", "app", settings}).code, 0);
  EXPECT_EQ(run({"issue", "server", "redis-1", settings}).code, 0);
  expect_usage_error({"issue", "client", "app-2", "--lifetime", "8d", settings}, refusal);
  expect_usage_error({"issue", "server", "redis-2", "--lifetime", "101d", settings}, refusal);
  const auto batch = directory.path() / "batch";
  base::write_file(batch, R"({"profile": "client", "name": "c", "lifetime": "9d"})", {.mode = 0644});
  expect_usage_error({"issue", "--batch", batch.native(), settings}, refusal);
  EXPECT_FALSE(pki::Home(home).has_lineage("c"));
}

TEST_F(SettingsFile, LimitIsTheLifetimeWhenItIsLessThanTheUsual) {
  make_home();
  write("[issue]\nmax-lifetime = '30d'\n");
  ASSERT_EQ(run({"issue", "client", "app", "--settings", file.native()}).code, 0);
  EXPECT_EQ(lineage("app").lifetime, std::chrono::days(30));
}

TEST_F(SettingsFile, WrongValuesAreUsageErrorsThatNameTheSetting) {
  make_home();
  const std::string settings = "--settings=" + file.native();
  write("[issue]\nreuse-key = 'yes'\n");
  expect_usage_error({"issue", "client", "app", settings}, "'reuse-key' is true or false");
  write("[prune]\nkeep = 'x'\n");
  expect_usage_error({"prune", settings}, "settings: [prune]");
}

TEST_F(SettingsFile, HelpIsGivenThoughTheSettingsAreWrong) {
  write("[chek]\n");
  for (const char* word : {"--help", "-h"}) {
    EXPECT_EQ(run({"issue", word, "--settings", file.native()}).code, 0);
  }
}

TEST_F(SettingsFile, FlagsWinOverEnvironmentOverFile) {
  make_home();
  ASSERT_EQ(run({"issue", "client", "app", "--lifetime", "30d"}).code, 0);
  write("[check]\ncrit = '31d'\n");
  const std::string settings = "--settings=" + file.native();
  EXPECT_EQ(run({"check", "app", settings}).code, 2);
  ::setenv("REDIS_PKI_CHECK_CRIT", "1d", 1);
  ::setenv("REDIS_PKI_CHECK_WARN", "31d", 1);
  EXPECT_EQ(run({"check", "app", settings}).code, 1);
  EXPECT_EQ(run({"check", "app", settings, "--warn", "2d"}).code, 0);
  ::unsetenv("REDIS_PKI_CHECK_CRIT");
  ::unsetenv("REDIS_PKI_CHECK_WARN");
}

TEST_F(SettingsFile, TellsEveryCommandThatSignsWhereThePassphraseIs) {
  const auto passphrase = directory.path() / "passphrase";
  base::write_file(passphrase, "secret of the CA\n", {.mode = 0600});
  ASSERT_EQ(run({"init", "--passphrase", "file:" + passphrase.native()}).code, 0);
  write("ca-passphrase = 'file:" + passphrase.native() + "'\n");
  EXPECT_EQ(run({"issue", "client", "app", "--settings", file.native()}).code, 0);
  EXPECT_EQ(run({"crl", "--settings", file.native()}).code, 0);
}
