#include "cli/run.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli_fixture.h"

using Cli = testing_support::CliFixture;
using Result = testing_support::CliResult;

TEST_F(Cli, MistypedWordsAreAnsweredWithTheNearest) {
  expect_usage_error({"isue"}, "unknown command 'isue'; did you mean 'issue'?");
  expect_usage_error({"init", "--pasphrase", "none"},
                     "unknown option '--pasphrase'; did you mean '--passphrase'?");
  expect_usage_error({"check", "--formt", "json"}, "did you mean '--format'?", 3);
  expect_usage_error({"serve", "--tls-prot", "1"}, "unknown directive 'tls-prot'; did you mean 'tls-port'?");
  expect_usage_error({}, "which command?");
}

TEST_F(Cli, MissingAndUnexpectedWordsAreUsageErrors) {
  expect_usage_error({"issue", "server"}, "NAME");
  expect_usage_error({"init", "surprise", "--passphrase", "none"}, "unexpected argument 'surprise'");
  expect_usage_error({"check"}, "TARGET", 3);
}

TEST_F(Cli, GlobalOptionsStandAnywhere) {
  EXPECT_EQ(run({"--json", "init", "--passphrase", "none"}).code, 0);
  const Result issued = run({"issue", "client", "app", "--json"});
  EXPECT_EQ(issued.code, 0) << issued.err;
  const auto document = nlohmann::json::parse(issued.out);
  EXPECT_EQ(document["lineage"], "app");
  EXPECT_EQ(document["generation"], 1);
  EXPECT_EQ(document["not_after"], "2027-02-20T12:00:00Z");
  EXPECT_EQ(document["key"], (home / "certs/app/current/tls.key").native());
}

TEST_F(Cli, InitNeedsAPassphraseSourceWithoutATerminal) {
  expect_usage_error({"init"}, "--passphrase");
  expect_usage_error({"init", "--passphrase", "hunter2"}, "file:PATH, env:NAME");
  EXPECT_FALSE(std::filesystem::exists(home));
}

TEST_F(Cli, InitTouchesNoExistingCa) {
  EXPECT_EQ(run({"init", "--passphrase", "none"}).code, 0);
  const Result again = run({"init", "--passphrase", "none"});
  EXPECT_EQ(again.code, 1);
  EXPECT_NE(again.err.find("there is a CA already"), std::string::npos);
}

TEST_F(Cli, BadInputToIssueChangesNothing) {
  expect_usage_error({"issue", "server", "r", "--san", "a b"}, "for --san");
  expect_usage_error({"issue", "sever", "r"}, "there are server, client and peer");
  EXPECT_EQ(run({"issue", "server", "r"}).code, 1);  // no CA
  EXPECT_FALSE(std::filesystem::exists(home));
  run({"init", "--passphrase", "none"});
  expect_usage_error({"issue", "server", "../x"}, "can't be the name of a lineage");
  expect_usage_error({"issue", "server", "r", "--mode", "0644"}, "must not be open to everyone");
  expect_usage_error({"issue", "server", "r", "--lifetime", "soon"}, "is not a duration");
  expect_usage_error({"issue", "server", "r", "--key-type", "dsa"}, "unknown key type 'dsa'");
  EXPECT_FALSE(std::filesystem::exists(home / "certs/r"));
}

TEST_F(Cli, IssueRemembersItsOptions) {
  run({"init", "--passphrase", "none"});
  run({"issue", "server", "r", "--san", "a.example,10.0.0.1", "--lifetime", "30d", "--key-type", "ed25519"});
  const auto again = nlohmann::json::parse(run({"issue", "server", "r", "--json"}).out);
  EXPECT_EQ(again["generation"], 2);
  EXPECT_EQ(again["not_after"], "2026-12-22T12:00:00Z");
  expect_usage_error({"issue", "client", "r"}, "'r' is a server lineage");
}

TEST_F(Cli, BatchKeepsWhatALineageRemembers) {
  run({"init", "--passphrase", "none"});
  run({"issue", "server", "r", "--san", "a.example", "--mode", "0440", "--reuse-key", "--lifetime", "30d"});
  const auto key = home / "certs/r/current/tls.key";
  const std::string first = base::read_file(key);
  base::write_file(directory.path() / "batch", "server,r\n", {.mode = 0644});
  EXPECT_EQ(run({"issue", "--batch", (directory.path() / "batch").native()}).code, 0);
  EXPECT_EQ(base::read_file(key), first);
  const auto next = nlohmann::json::parse(run({"issue", "server", "r", "--json"}).out);
  EXPECT_EQ(next["generation"], 3);
  EXPECT_EQ(next["not_after"], "2026-12-22T12:00:00Z");
  EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(key).permissions()), 0440u);
}

TEST_F(Cli, WarnsWhenTheCaWillNotOutliveTheLeaf) {
  run({"init", "--passphrase", "none", "--lifetime", "60d"});
  const Result issued = run({"issue", "server", "r"});
  EXPECT_EQ(issued.code, 0);
  EXPECT_NE(issued.err.find("warning: the CA CN=Redis PKI Issuing CA ends at 2027-01-21T12:00:00Z"),
            std::string::npos)
      << issued.err;
  EXPECT_EQ(run({"issue", "server", "r", "--lifetime", "30d"}).err, "");
}

TEST_F(Cli, CheckSpeaksNagios) {
  run({"init", "--passphrase", "none"});
  run({"issue", "server", "r"});
  EXPECT_EQ(run({"check", "r"}).code, 0);
  EXPECT_EQ(run({"check", "r", "--warn", "100d"}).code, 1);
  EXPECT_EQ(run({"check", "r", "--crit", "100d"}).code, 2);
  EXPECT_EQ(run({"check", "r", "/nope"}).code, 3);
  EXPECT_EQ(run({"check", "r", "/nope", "--crit", "100d"}).code, 2);
  const auto document = nlohmann::json::parse(run({"check", "r", "--json"}).out);
  EXPECT_EQ(document["state"], "ok");
  EXPECT_EQ(document["results"][0]["certificates"][0]["subject"], "CN=r");
}

TEST_F(Cli, CaPassphraseIsNeededToSign) {
  ::setenv("REDIS_PKI_TEST_CA", "correct horse", 1);
  ::setenv("REDIS_PKI_TEST_WRONG", "wrong", 1);
  EXPECT_EQ(run({"init", "--passphrase", "env:REDIS_PKI_TEST_CA"}).code, 0);
  EXPECT_EQ(run({"issue", "client", "app", "--ca-passphrase", "env:REDIS_PKI_TEST_CA"}).code, 0);
  EXPECT_EQ(run({"issue", "client", "app", "--ca-passphrase", "env:REDIS_PKI_TEST_WRONG"}).code, 1);
  expect_usage_error({"issue", "client", "app"}, "--ca-passphrase");
}

TEST_F(Cli, RotateSaysWhatIsMissing) {
  run({"init", "--passphrase", "none"});
  run({"issue", "server", "r"});
  run({"issue", "client", "c"});
  expect_usage_error({"rotate", "r"}, "--target HOST:PORT");
  expect_usage_error({"rotate", "r", "--target", "localhost"}, "is no address");
  expect_usage_error({"rotate", "r", "--target", "localhost:1", "--client", "nobody"}, "issue client nobody");
  EXPECT_EQ(run({"rotate", "r", "--target", "localhost:1", "--client", "c"}).code, 1);
  EXPECT_EQ(run({"rotate", "nope", "--target", "localhost:1"}).code, 1);
  EXPECT_FALSE(std::filesystem::exists(home / "certs/r/targets.json"));
}
