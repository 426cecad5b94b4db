#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/file.h"
#include "expect_error.h"
#include "fake_target.h"
#include "pki_fixture.h"
#include "rotate/rotation.h"

using base::ErrorKind;
using rotate::Outcome;
using rotate::Role;
using testing_support::expect_error;
using testing_support::FakeServer;
using testing_support::FakeTarget;
using testing_support::PkiFixture;

namespace {

// Servers with files of their own, that the lineage's first generation is copied to.
struct FleetTest : testing::Test {
  void add_server(const std::string& address, Role role) {
    FakeServer& server = servers[address];
    server.role = role;
    server.run_id = address;
    const pki::CertificateFiles files{pki.directory.path() / address};
    std::filesystem::copy(lineage.paths().generation(1).directory, files.directory);
    server.paths() = {files.certificate(), files.key()};
    server.load();
  }

  void remember(const std::string& address) { store.remember({.address = address}); }

  rotate::RotationResult rotate() {
    rotate::RotationContext context{
        [this]() -> pki::Issuer& { return issuer; }, pki.clock,
        [this](const rotate::Target& target) -> std::unique_ptr<rotate::ReloadTarget> {
          return std::make_unique<FakeTarget>(target.address, servers.at(target.address));
        },
        [this](const rotate::Step& step) { steps.push_back(step.what); }};
    return rotate::Rotation(lineage, store, std::move(context), {}).run();
  }

  int served(const std::string& address) {
    return *rotate::generation_of(lineage, servers[address].serves->sha256());
  }
  int on_disk(const std::string& address) {
    return *rotate::generation_of(lineage, rotate::leaf_in(servers[address].paths().certificate));
  }

  std::vector<std::string> proved() const {
    std::vector<std::string> result;
    for (const std::string& step : steps) {
      if (step.starts_with("proved") && step.find("failed") == step.npos)
        result.push_back(step.substr(step.rfind(' ') + 1));
    }
    return result;
  }

  PkiFixture pki;
  pki::Lineage lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki::LocalIssuer issuer{pki.home, {}, pki.clock};
  rotate::TargetStore store{lineage.paths().targets()};
  std::map<std::string, FakeServer> servers;
  std::vector<std::string> steps;
};

using Fleet = FleetTest;

}  // namespace

TEST_F(Fleet, RotatesReplicasFirstAndTheMasterLast) {
  add_server("master:1", Role::kMaster);
  add_server("replica:1", Role::kReplica);
  add_server("replica:2", Role::kReplica);
  for (const char* address : {"master:1", "replica:1", "replica:2"}) remember(address);
  EXPECT_EQ(rotate().outcome, Outcome::kRotated);
  EXPECT_EQ(proved(), (std::vector<std::string>{"replica:1", "replica:2", "master:1"}));
}

TEST_F(Fleet, StopsAtTheFirstFailureAndTheNextRunGoesOn) {
  add_server("master:1", Role::kMaster);
  add_server("replica:1", Role::kReplica);
  add_server("replica:2", Role::kReplica);
  for (const char* address : {"master:1", "replica:1", "replica:2"}) remember(address);
  servers["replica:2"].refuses_reloads = 1;
  const auto stopped = rotate();
  EXPECT_EQ(stopped.outcome, Outcome::kUnproved);
  EXPECT_NE(stopped.reason.find("1 of 3 targets serve generation 2"), std::string::npos) << stopped.reason;
  EXPECT_EQ(served("replica:1"), 2);
  EXPECT_EQ(served("replica:2"), 1);
  EXPECT_EQ(on_disk("replica:2"), 1);
  EXPECT_EQ(served("master:1"), 1);
  const rotate::TargetStore told(lineage.paths().targets());
  EXPECT_EQ(told.states()[0].verified, 0) << "nothing was done to it";
  EXPECT_EQ(told.states()[1].verified, 2);
  EXPECT_EQ(told.states()[2].verified, 1);
  EXPECT_NE(told.states()[2].last_error, "");

  const auto result = rotate();
  EXPECT_EQ(result.outcome, Outcome::kRotated);
  EXPECT_EQ(lineage.latest(), 2) << "nothing is issued again";
  for (const auto& [address, server] : servers) EXPECT_EQ(served(address), 2) << address;
  EXPECT_EQ(lineage.current(), 2);
}

TEST_F(Fleet, GoesBackWhenItFailsAtTheFirstOfThem) {
  add_server("replica:1", Role::kReplica);
  add_server("replica:2", Role::kReplica);
  for (const char* address : {"replica:1", "replica:2"}) remember(address);
  servers["replica:1"].refuses_reloads = 1;
  EXPECT_EQ(rotate().outcome, Outcome::kRolledBack);
  EXPECT_EQ(lineage.current(), 1);
  EXPECT_EQ(served("replica:2"), 1);
}

TEST_F(Fleet, FinishesAStageThatWasCutOffAndGoesOn) {
  add_server("replica:1", Role::kReplica);
  add_server("replica:2", Role::kReplica);
  add_server("replica:3", Role::kReplica);
  for (const char* address : {"replica:1", "replica:2", "replica:3"}) remember(address);
  servers["replica:2"].refuses_reloads = 1;
  ASSERT_EQ(rotate().outcome, Outcome::kUnproved);
  // As if that stage had been killed before it did anything.
  const rotate::InPlacePair pair{servers["replica:2"].paths(), lineage.paths().backups() / "b"};
  back_up(pair);
  const auto& files = servers["replica:2"].settings.files;
  rotate::Plan plan{1, 2, false, {}, {pair}};
  plan.targets.push_back({"replica:2", servers["replica:2"].serves->sha256(), files, files, true, false});
  rotate::Journal(lineage.paths().journal()).write(plan);
  EXPECT_EQ(rotate().outcome, Outcome::kRotated);
  EXPECT_EQ(lineage.latest(), 2);
  for (const auto& [address, server] : servers) EXPECT_EQ(served(address), 2) << address;
}

TEST_F(Fleet, TellsOfThoseBeforeWhenALaterOneCantEvenBegin) {
  add_server("replica:1", Role::kReplica);
  add_server("replica:2", Role::kReplica);
  for (const char* address : {"replica:1", "replica:2"}) remember(address);
  base::write_file(lineage.paths().backups(), "in the way of the second backup", {.mode = 0600});
  servers["replica:1"].paths() = {lineage.paths().current_files().certificate(),
                                  lineage.paths().current_files().key()};
  const auto result = rotate();
  EXPECT_EQ(result.outcome, Outcome::kUnproved);
  EXPECT_NE(result.reason.find("1 of 2 targets serve generation 2"), std::string::npos) << result.reason;
  EXPECT_EQ(served("replica:2"), 1);
}

TEST_F(Fleet, DiscoversTheOthersOnceEach) {
  add_server("master:1", Role::kMaster);
  add_server("replica:1", Role::kReplica);
  add_server("10.0.0.1:1", Role::kMaster);
  servers["10.0.0.1:1"].run_id = "master:1";  // the same one by another name
  servers["master:1"].peers = {"replica:1"};
  servers["replica:1"].peers = {"10.0.0.1:1"};
  store.remember({.address = "master:1", .discovers = true});
  EXPECT_EQ(rotate().outcome, Outcome::kRotated);
  ASSERT_EQ(store.states().size(), 2u);
  EXPECT_EQ(store.states()[1].target.address, "replica:1");
  EXPECT_EQ(store.states()[1].verified, 2);
}

TEST_F(Fleet, ChangesNothingWhenOneIsGone) {
  add_server("master:1", Role::kMaster);
  add_server("replica:1", Role::kReplica);
  for (const char* address : {"master:1", "replica:1"}) remember(address);
  servers["replica:1"].is_gone = true;
  expect_error(ErrorKind::kUnreachable, "can't connect", [&] { rotate(); });
  EXPECT_EQ(lineage.latest(), 1);
  store.forget("replica:1");
  EXPECT_EQ(rotate().outcome, Outcome::kRotated);
}

TEST_F(Fleet, BringsFilesToAnotherHostByItsCommandAndBack) {
  add_server("remote:1", Role::kMaster);
  const auto copy = pki.directory.path() / "copy";
  base::write_file(
      copy,
      "#!/bin/sh\n[ \"$REDIS_PKI_NODE\" = remote:1 ] && [ \"$REDIS_PKI_LINEAGE\" = redis-1 ] &&\n"
      "cp \"$REDIS_PKI_KEY\" \"$REDIS_PKI_REMOTE_KEY\" && cp \"$REDIS_PKI_CERT\" "
      "\"$REDIS_PKI_REMOTE_CERT\"\n",
      {.mode = 0700});
  store.remember({.address = "remote:1", .copy_command = copy});
  EXPECT_EQ(rotate().outcome, Outcome::kRotated);
  EXPECT_EQ(served("remote:1"), 2);
  servers["remote:1"].refuses_reloads = 1;
  EXPECT_EQ(rotate().outcome, Outcome::kRolledBack);
  EXPECT_EQ(on_disk("remote:1"), 2);
  base::write_file(copy, "#!/bin/sh\necho the disk is full >&2; exit 1\n", {.mode = 0700});
  const auto failed = rotate();
  EXPECT_NE(failed.reason.find("the disk is full"), std::string::npos) << failed.reason;
  EXPECT_EQ(served("remote:1"), 2);
}
