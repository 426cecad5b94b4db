#include "rotate/rotation.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "base/file_lock.h"
#include "expect_error.h"
#include "fake_target.h"
#include "pki_fixture.h"

using base::ErrorKind;
using rotate::Outcome;
using testing_support::expect_error;
using testing_support::FakeServer;
using testing_support::FakeTarget;
using testing_support::PkiFixture;

namespace {

struct RotationTest : testing::Test {
  RotationTest() { add_server("a:1"); }

  void add_server(const std::string& address) {
    const auto files = lineage.paths().current_files();
    servers[address].paths() = {files.certificate(), files.key()};
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

  // As a run that was cut off leaves it, with all targets as they are now.
  void write_journal(int from, int to) const {
    rotate::Plan plan{from, to, true, {}, {}};
    const auto files = lineage.paths().current_files();
    for (const auto& [address, server] : servers) {
      redis::TlsFiles after = server.settings.files;
      after.server = {files.certificate(), files.key()};
      plan.targets.push_back({address, server.serves->sha256(), server.settings.files, after, true, false});
    }
    rotate::Journal(lineage.paths().journal()).write(plan);
  }

  // A pair of another lineage, in files of its own, that the server reads and serves.
  pki::CertificateFiles serve_foreign_files(const std::string& address) {
    const auto foreign = pki.lineage("foreign", pki.settings(pki::Profile::kServer)).paths().generation(1);
    const pki::CertificateFiles files{pki.directory.path() / "foreign"};
    std::filesystem::copy(foreign.directory, files.directory);
    servers[address].paths() = {files.certificate(), files.key()};
    servers[address].load();
    return files;
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
  write_journal(1, second);
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
  write_journal(1, second);
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
  write_journal(1, second);
  lineage.set_current(second);
  servers["a:1"].load();
  lineage.set_current(1);
  const auto result = rotation().recover();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, Outcome::kRolledBack);
  expect_everywhere(1);
  EXPECT_FALSE(rotation().recover());
}

TEST_F(Rotation, KeepsTheJournalWhileATargetCantBeReached) {
  const int second = pki.issue(lineage);
  write_journal(1, second);
  lineage.set_current(second);
  servers["a:1"].is_gone = true;
  EXPECT_EQ(rotation().run().outcome, Outcome::kUnproved);
  EXPECT_TRUE(has_journal());
  servers["a:1"].is_gone = false;
  EXPECT_EQ(rotation().run().outcome, Outcome::kRotated);
  expect_everywhere(second);
}

TEST_F(Rotation, AdoptMovesATargetToTheLinkAndBackWhenItFails) {
  const auto foreign = serve_foreign_files("a:1");
  const auto served = servers["a:1"].serves;
  add_server("b:2");
  servers["b:2"].refuses_reloads = 1;
  EXPECT_EQ(rotation({.adopt = true}).run().outcome, Outcome::kRolledBack);
  EXPECT_EQ(servers["a:1"].serves, served);
  EXPECT_EQ(servers["a:1"].paths().certificate, foreign.certificate());

  EXPECT_EQ(rotation({.adopt = true}).run().outcome, Outcome::kRotated);
  EXPECT_EQ(servers["a:1"].persisted, 1);
  EXPECT_EQ(servers["b:2"].persisted, 0);
  expect_everywhere(*lineage.latest());
}

TEST_F(Rotation, FinishesAnAdoptionThatWasCutOff) {
  serve_foreign_files("a:1");
  const int second = pki.issue(lineage);
  write_journal(1, second);
  lineage.set_current(second);
  EXPECT_EQ(rotation().run().outcome, Outcome::kRotated);
  EXPECT_EQ(servers["a:1"].persisted, 1);
  expect_everywhere(second);
}

TEST_F(Rotation, SaysWhenAnAdoptedServerCantRememberItsNewPaths) {
  serve_foreign_files("a:1");
  servers["a:1"].cant_persist = true;
  const auto result = rotation({.adopt = true}).run();
  EXPECT_EQ(result.outcome, Outcome::kUnproved);
  EXPECT_NE(result.reason.find("Permission denied"), std::string::npos);
  expect_everywhere(1);
}

TEST_F(Rotation, ReplacesTheServersOwnFilesInPlace) {
  const auto foreign = serve_foreign_files("a:1");
  const std::string replaced = base::read_file(foreign.certificate());
  const auto result = rotation().run();
  EXPECT_EQ(result.outcome, Outcome::kRotated);
  EXPECT_EQ(result.to, 1) << "what is issued and not deployed is used";
  EXPECT_EQ(servers["a:1"].paths().certificate, foreign.certificate());
  EXPECT_EQ(servers["a:1"].persisted, 0);
  expect_everywhere(1);
  EXPECT_EQ(rotation().run().to, 2);
  expect_everywhere(2);
  // The pair that can't be made again is kept, and nothing else.
  std::vector<std::filesystem::path> kept;
  for (const auto& entry : std::filesystem::directory_iterator(lineage.paths().backups())) {
    kept.push_back(entry.path());
  }
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(base::read_file(kept[0] / "tls.crt"), replaced);
}

TEST_F(Rotation, PutsFilesInPlaceBackWhenTheServerRefuses) {
  const auto foreign = serve_foreign_files("a:1");
  const std::string before = base::read_file(foreign.certificate()) + base::read_file(foreign.key());
  const auto served = servers["a:1"].serves;
  servers["a:1"].refuses_reloads = 1;
  EXPECT_EQ(rotation().run().outcome, Outcome::kRolledBack);
  EXPECT_EQ(base::read_file(foreign.certificate()) + base::read_file(foreign.key()), before);
  EXPECT_EQ(servers["a:1"].serves, served);
  EXPECT_EQ(store.find("a:1")->deployed, 0);
}

TEST_F(Rotation, HealsHalfAPairInPlaceThoughTheServerIsGone) {
  const auto foreign = serve_foreign_files("a:1");
  ASSERT_EQ(rotation().run().outcome, Outcome::kRotated);
  const int second = pki.issue(lineage);
  const rotate::InPlacePair pair{servers["a:1"].paths(), lineage.paths().backups() / "b"};
  rotate::Plan plan{1, second, true, {}, {pair}};
  const auto& files = servers["a:1"].settings.files;
  plan.targets.push_back({"a:1", servers["a:1"].serves->sha256(), files, files, true, false});
  back_up(pair);
  rotate::Journal(lineage.paths().journal()).write(plan);
  base::write_file(foreign.key(), lineage.key(second).to_pem().bytes(), {.mode = 0600});

  servers["a:1"].is_gone = true;
  EXPECT_EQ(rotation().run().outcome, Outcome::kUnproved);
  EXPECT_NO_THROW(servers["a:1"].load()) << "it can't be started again";
  servers["a:1"].is_gone = false;
  EXPECT_EQ(rotation().run().to, second);
  expect_everywhere(second);
}

TEST_F(Rotation, RefusesFilesThatAreNotWhatTheServerServes) {
  const auto foreign = serve_foreign_files("a:1");
  const auto other = pki.lineage("other", pki.settings(pki::Profile::kServer)).paths().generation(1);
  std::filesystem::copy_file(other.certificate(), foreign.certificate(),
                             std::filesystem::copy_options::overwrite_existing);
  expect_error(ErrorKind::kRefused, "not what it serves; --adopt moves it to", [&] { rotation().run(); });
  std::filesystem::remove(foreign.certificate());
  expect_error(ErrorKind::kRefused, "that is not here", [&] { rotation().run(); });
}

TEST_F(Rotation, LeavesALinkAloneThatOthersKeep) {
  const auto foreign = serve_foreign_files("a:1");
  std::filesystem::rename(foreign.certificate(), foreign.directory / "cert1.pem");
  std::filesystem::create_symlink("cert1.pem", foreign.certificate());
  expect_error(ErrorKind::kRefused, "a link that others keep", [&] { rotation().run(); });
}

TEST_F(Rotation, GoesBackToAGenerationAndDoesNotReturnByItself) {
  ASSERT_EQ(rotation().run().to, 2);
  const auto result = rotation({.no_issue = true, .generation = 1}).run();
  EXPECT_EQ(result.outcome, Outcome::kRotated);
  EXPECT_EQ(result.from, 2);
  EXPECT_EQ(result.to, 1);
  expect_everywhere(1);
  EXPECT_EQ(rotation().run().to, 3);
  expect_everywhere(3);
}

TEST_F(Rotation, DropsWhatIsOlderThanTheRotationBefore) {
  EXPECT_EQ(rotation({.drop_superseded = true}).run().to, 2);
  EXPECT_EQ(servers["a:1"].dropped_before, 0u) << "who is on which certificate is not known yet";
  const uint64_t second = store.find("a:1")->mark.client_id;
  EXPECT_EQ(rotation({.drop_superseded = true}).run().to, 3);
  EXPECT_EQ(servers["a:1"].dropped_before, second);
  EXPECT_EQ(rotation({.no_issue = true}).run().to, 3);
  EXPECT_EQ(rotation({.drop_superseded = true}).run().to, 4);
  EXPECT_EQ(servers["a:1"].dropped_before, second + 1) << "a reload of the same certificate doesn't count";
}

TEST_F(Rotation, ForgetsWhoIsOnWhichCertificateAfterAWayBack) {
  ASSERT_EQ(rotation().run().to, 2);
  ASSERT_EQ(rotation({.no_issue = true, .generation = 1}).run().to, 1);
  EXPECT_EQ(rotation({.drop_superseded = true}).run().to, 3);
  EXPECT_EQ(servers["a:1"].dropped_before, 0u)
      << "connections from the beginning are on the previous one again";
}

TEST_F(Rotation, NeverIssuesForALineageWhoseCertificatesComeFromOutside) {
  auto settings = lineage.settings();
  settings.issuer = "external";
  lineage = pki::Lineage::define(pki.home, "redis-1", settings);
  EXPECT_EQ(rotation().run().to, 1);
  EXPECT_EQ(lineage.latest(), 1);
}

TEST_F(Rotation, BringsTheLatestGenerationToATargetThatIsNew) {
  ASSERT_EQ(rotation().run().to, 2);
  lineage.set_current(1);
  add_server("b:2");
  lineage.set_current(2);
  EXPECT_EQ(rotation().run().to, 2);
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
