#include "rotate/rotation.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "base/file_lock.h"
#include "expect_error.h"
#include "pki_fixture.h"

using base::Error;
using base::ErrorKind;
using rotate::Outcome;
using testing_support::expect_error;
using testing_support::PkiFixture;

namespace {

// A server in memory: it serves what was at its paths when it was last reloaded.
struct FakeServer {
  redis::CertificatePaths paths;
  std::optional<pki::Certificate> serves;
  bool ignores_reloads = false;  // answers OK and goes on as before
  int refuses_reloads = 0;       // how many more
  bool is_gone = false;
  bool cant_persist = false;
  int persisted = 0;

  void load() { serves = pki::parse_certificates(base::read_file(paths.certificate), "").front(); }
};

class FakeTarget : public rotate::ReloadTarget {
 public:
  FakeTarget(std::string address, FakeServer& server)
      : address_(std::move(address)), server_(server), paths_(server.paths), served_(server.serves) {
    require_reachable();
  }

  const std::string& address() const override { return address_; }
  const std::string& host() const override { return host_; }
  const redis::CertificatePaths& paths() const override { return paths_; }
  const std::optional<pki::Certificate>& served() const override { return served_; }

  void reload(const redis::CertificatePaths& paths) override {
    require_reachable();
    if (server_.refuses_reloads > 0) {
      --server_.refuses_reloads;
      throw Error(ErrorKind::kRefused, address_ + ": ERR Unable to update TLS configuration");
    }
    if (server_.ignores_reloads) return;
    server_.paths = paths;
    server_.load();
  }

  void persist() override {
    require_reachable();
    if (server_.cant_persist)
      throw Error(ErrorKind::kRefused, address_ + ": ERR Rewriting config file: Permission denied");
    ++server_.persisted;
  }

  void prove(const pki::Certificate& leaf) override {
    require_reachable();
    if (server_.serves != leaf) throw Error(ErrorKind::kRefused, address_ + ": serves another certificate");
  }

 private:
  void require_reachable() const {
    if (server_.is_gone)
      throw Error(ErrorKind::kUnreachable, address_ + ": can't connect: Connection refused");
  }

  std::string address_;
  std::string host_ = "localhost";
  FakeServer& server_;
  redis::CertificatePaths paths_;
  std::optional<pki::Certificate> served_;
};

struct RotationTest : testing::Test {
  RotationTest() { add_server("a:1"); }

  void add_server(const std::string& address) {
    const auto files = lineage.paths().current_files();
    servers[address].paths = {files.certificate(), files.key()};
    servers[address].load();
    store.remember({.address = address});
  }

  rotate::Rotation rotation(rotate::RotationOptions options = {}) {
    rotate::RotationContext context{
        [this]() -> pki::Issuer& { return issuer; }, pki.clock,
        [this](const rotate::Target& target) -> std::unique_ptr<rotate::ReloadTarget> {
          return std::make_unique<FakeTarget>(target.address, servers.at(target.address));
        },
        [this](const rotate::Step& step) { steps.push_back(step.what); }};
    return rotate::Rotation(lineage, store, std::move(context), options);
  }

  void expect_everywhere(int generation) {
    EXPECT_EQ(lineage.current(), generation);
    for (const auto& [address, server] : servers) {
      EXPECT_EQ(server.serves, lineage.chain(generation).front()) << address;
    }
  }

  bool has_journal() const { return std::filesystem::exists(lineage.paths().journal()); }

  PkiFixture pki;
  pki::Lineage lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki::LocalIssuer issuer{pki.home, {}, pki.clock};
  rotate::TargetStore store{lineage.paths().targets()};
  std::map<std::string, FakeServer> servers;
  std::vector<std::string> steps;
};

using Rotation = RotationTest;

}  // namespace

TEST_F(Rotation, BringsTheNextGenerationToEveryTarget) {
  add_server("b:2");
  const auto result = rotation().run();
  EXPECT_EQ(result.outcome, Outcome::kRotated);
  EXPECT_EQ(result.from, 1);
  EXPECT_EQ(result.to, 2);
  expect_everywhere(2);
  EXPECT_FALSE(has_journal());
  const rotate::TargetStore stored(lineage.paths().targets());
  EXPECT_EQ(stored.states()[1].deployed, 2);
  EXPECT_EQ(stored.states()[1].verified, 2);
}

TEST_F(Rotation, RollsBackWhenServedLeafIsStillTheOldOne) {
  servers["a:1"].ignores_reloads = true;
  const auto result = rotation().run();
  EXPECT_EQ(result.outcome, Outcome::kRolledBack);
  EXPECT_NE(result.reason.find("serves another certificate"), std::string::npos);
  expect_everywhere(1);
  EXPECT_FALSE(has_journal());
}

TEST_F(Rotation, TargetsOfOneLinkGoBackTogether) {
  add_server("b:2");
  servers["b:2"].refuses_reloads = 1;
  EXPECT_EQ(rotation().run().outcome, Outcome::kRolledBack);
  expect_everywhere(1);
  EXPECT_NE(rotate::TargetStore(lineage.paths().targets()).states()[0].last_error, "");
}

TEST_F(Rotation, UsesTheUndeployedGenerationBeforeItIssuesANewOne) {
  servers["a:1"].refuses_reloads = 1;
  EXPECT_EQ(rotation().run().outcome, Outcome::kRolledBack);
  const auto result = rotation().run();
  EXPECT_EQ(result.outcome, Outcome::kRotated);
  EXPECT_EQ(result.to, 2);
  EXPECT_EQ(lineage.latest(), 2);
  expect_everywhere(2);
}

TEST_F(Rotation, SaysWhenTheWayBackFailsTooAndKeepsTheJournal) {
  servers["a:1"].refuses_reloads = 2;
  const auto result = rotation().run();
  EXPECT_EQ(result.outcome, Outcome::kUnproved);
  EXPECT_EQ(lineage.current(), 1);
  EXPECT_TRUE(has_journal());
  EXPECT_EQ(rotation().recover()->outcome, Outcome::kRolledBack);
  EXPECT_FALSE(has_journal());
  expect_everywhere(1);
}

TEST_F(Rotation, BeginsAgainAfterARunThatWasCutOffBeforeTheSwap) {
  const int second = pki.issue(lineage);
  const auto files = lineage.paths().current_files();
  rotate::Journal(lineage.paths().journal())
      .write({1, second, {{"a:1", {files.certificate(), files.key()}}}});
  const auto result = rotation().run();
  EXPECT_EQ(result.outcome, Outcome::kRotated);
  EXPECT_EQ(result.to, second);
  expect_everywhere(second);
}

TEST_F(Rotation, ChangesNothingWhenATargetIsNotThere) {
  servers["a:1"].is_gone = true;
  expect_error(ErrorKind::kUnreachable, "Connection refused", [&] { rotation().run(); });
  EXPECT_EQ(lineage.latest(), 1);
  EXPECT_EQ(lineage.current(), 1);
  EXPECT_FALSE(has_journal());
}

TEST_F(Rotation, ChangesNothingWhenTheCertificateMustNotBeInstalled) {
  const int second = pki.issue(lineage);
  base::write_file(lineage.paths().generation(second).key(),
                   pki::PrivateKey::generate(pki::KeyType::kEcP256).to_pem().bytes(), {.mode = 0600});
  expect_error(ErrorKind::kInvalid, "does not match the certificate", [&] { rotation().run(); });
  expect_everywhere(1);
  EXPECT_FALSE(has_journal());
}

TEST_F(Rotation, FinishesARunThatWasCutOffBehindTheSwap) {
  const int second = pki.issue(lineage);
  const auto files = lineage.paths().current_files();
  rotate::Journal(lineage.paths().journal())
      .write({1, second, {{"a:1", {files.certificate(), files.key()}}}});
  lineage.set_current(second);
  const auto result = rotation().run();
  EXPECT_EQ(result.outcome, Outcome::kRotated);
  EXPECT_EQ(result.to, second);
  EXPECT_EQ(lineage.latest(), second);
  expect_everywhere(second);
  EXPECT_FALSE(has_journal());
}

TEST_F(Rotation, RevertsARunThatWasCutOffInItsRollback) {
  const int second = pki.issue(lineage);
  lineage.set_current(second);
  servers["a:1"].load();
  const auto files = lineage.paths().current_files();
  rotate::Journal(lineage.paths().journal())
      .write({1, second, {{"a:1", {files.certificate(), files.key()}}}});
  lineage.set_current(1);
  const auto result = rotation().recover();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, Outcome::kRolledBack);
  expect_everywhere(1);
  EXPECT_FALSE(rotation().recover());
}

TEST_F(Rotation, KeepsTheJournalWhileATargetCantBeReached) {
  const int second = pki.issue(lineage);
  const auto files = lineage.paths().current_files();
  rotate::Journal(lineage.paths().journal())
      .write({1, second, {{"a:1", {files.certificate(), files.key()}}}});
  lineage.set_current(second);
  servers["a:1"].is_gone = true;
  EXPECT_EQ(rotation().run().outcome, Outcome::kUnproved);
  EXPECT_TRUE(has_journal());
  servers["a:1"].is_gone = false;
  EXPECT_EQ(rotation().run().outcome, Outcome::kRotated);
  expect_everywhere(second);
}

TEST_F(Rotation, AdoptMovesATargetToTheLinkAndBackWhenItFails) {
  const auto foreign = pki.lineage("foreign", pki.settings(pki::Profile::kServer)).paths().generation(1);
  servers["a:1"].paths = {foreign.certificate(), foreign.key()};
  servers["a:1"].load();
  const auto served = servers["a:1"].serves;
  expect_error(ErrorKind::kRefused, "--adopt", [&] { rotation().run(); });

  add_server("b:2");
  servers["b:2"].refuses_reloads = 1;
  EXPECT_EQ(rotation({.adopt = true}).run().outcome, Outcome::kRolledBack);
  EXPECT_EQ(servers["a:1"].serves, served);
  EXPECT_EQ(servers["a:1"].paths.certificate, foreign.certificate());

  EXPECT_EQ(rotation({.adopt = true}).run().outcome, Outcome::kRotated);
  expect_everywhere(2);
}

TEST_F(Rotation, FinishesAnAdoptionThatWasCutOff) {
  const auto foreign = pki.lineage("foreign", pki.settings(pki::Profile::kServer)).paths().generation(1);
  servers["a:1"].paths = {foreign.certificate(), foreign.key()};
  servers["a:1"].load();
  const int second = pki.issue(lineage);
  rotate::Journal(lineage.paths().journal()).write({1, second, {{"a:1", servers["a:1"].paths}}});
  lineage.set_current(second);
  EXPECT_EQ(rotation().run().outcome, Outcome::kRotated);
  EXPECT_EQ(servers["a:1"].persisted, 1);
  expect_everywhere(second);
}

TEST_F(Rotation, SaysWhenAnAdoptedServerCantRememberItsNewPaths) {
  const auto foreign = pki.lineage("foreign", pki.settings(pki::Profile::kServer)).paths().generation(1);
  servers["a:1"].paths = {foreign.certificate(), foreign.key()};
  servers["a:1"].load();
  servers["a:1"].cant_persist = true;
  const auto result = rotation({.adopt = true}).run();
  EXPECT_EQ(result.outcome, Outcome::kUnproved);
  EXPECT_NE(result.reason.find("Permission denied"), std::string::npos);
  expect_everywhere(2);
}

TEST_F(Rotation, DryRunChangesNothing) {
  const auto result = rotation({.dry_run = true}).run();
  EXPECT_EQ(result.outcome, Outcome::kRotated);
  EXPECT_EQ(result.to, 2);
  EXPECT_EQ(lineage.latest(), 1);
  expect_everywhere(1);
}

TEST_F(Rotation, NoIssueProvesWhatIsThere) {
  const auto result = rotation({.no_issue = true}).run();
  EXPECT_EQ(result.outcome, Outcome::kRotated);
  EXPECT_EQ(result.to, 1);
  expect_everywhere(1);
}

TEST_F(Rotation, TwoRunsAreKeptApart) {
  const auto lock = base::FileLock::acquire(lineage.paths().rotation_lock());
  expect_error(ErrorKind::kExists, "another rotation of 'redis-1' is running", [&] { rotation().run(); });
}

TEST_F(Rotation, NeedsATarget) {
  store.states().clear();
  expect_error(ErrorKind::kUsage, "--target HOST:PORT", [&] { rotation().run(); });
}
