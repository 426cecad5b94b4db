#include "rotate/ca_rotation.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "base/file.h"
#include "expect_error.h"
#include "fake_target.h"
#include "pki/ledger.h"
#include "pki_fixture.h"
#include "rotate/target_store.h"

using base::ErrorKind;
using pki::ChangePhase;
using rotate::Outcome;
using testing_support::expect_error;
using testing_support::FakeServer;
using testing_support::FakeTarget;
using testing_support::PkiFixture;

namespace {

// Two servers of one lineage, one of which verifies its clients with a file of its own, and a client.
struct CaRotationTest : testing::Test {
  CaRotationTest() {
    pki.lineage("app", pki.settings(pki::Profile::kClient));
    rotate::TargetStore store(lineage.paths().targets());
    const auto files = lineage.paths().current_files();
    const auto copy = pki.directory.path() / "ca.crt";
    std::filesystem::copy(pki.home.client_roots(), copy);
    for (const std::string address : {"a:1", "b:2"}) {
      FakeServer& server = servers[address];
      server.run_id = address;
      server.paths() = {files.certificate(), files.key()};
      server.settings.ca_file = address == "a:1" ? pki.home.client_roots() : copy;
      server.load();
      store.remember({.address = address});
    }
    store.save();
  }

  rotate::CaRotation rotation() {
    issuer.reset();
    return rotate::CaRotation(
        pki.home, {pki.clock, passphrase, [this](const std::string& name) { return open(name); },
                   [](const pki::LineageSettings& settings) { return settings.issuer == "local"; },
                   [this](const pki::Lineage&) { return context(); }, [](const std::string&) {}});
  }

  pki::Lineage open(const std::string& name) const { return pki::Lineage::open(pki.home, name); }

  rotate::RotationContext context() {
    return {[this]() -> pki::Issuer& {
              if (!issuer) issuer.emplace(pki.home, passphrase, pki.clock);
              return *issuer;
            },
            pki.clock,
            [this](const rotate::Target& target) -> std::unique_ptr<rotate::ReloadTarget> {
              pki.clock.advance(connecting_takes);
              return std::make_unique<FakeTarget>(target.address, servers.at(target.address));
            },
            [](const rotate::Step&) {}, [](const std::string&) {}};
  }

  void expect_rotated(const rotate::CaRotationResult& result) {
    EXPECT_EQ(result.outcome, Outcome::kRotated) << result.reason;
  }

  void expect_trusted(const std::vector<pki::Certificate>& roots) {
    for (const auto& [address, server] : servers) EXPECT_EQ(server.trusts, roots) << address;
    for (const std::string name : {"redis-1", "app"}) {
      EXPECT_EQ(open(name).roots(*open(name).current()), roots) << name;
    }
    EXPECT_EQ(pki::parse_certificates(base::read_file(pki.home.root_certificate()), ""), roots);
  }

  void expect_signed_by(const pki::Certificate& authority) {
    for (const auto& [address, server] : servers) EXPECT_TRUE(authority.issued(*server.serves)) << address;
    for (const std::string name : {"redis-1", "app"}) {
      EXPECT_TRUE(authority.issued(open(name).chain(*open(name).current()).front())) << name;
    }
  }

  ChangePhase phase() const { return pki::read_authority_change(pki.home)->phase; }

  // The fakes judge a client by its issuer, so the root must sign.
  PkiFixture pki{true};
  base::Secret passphrase;
  pki::Lineage lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki::Certificate old = pki::parse_certificates(base::read_file(pki.home.root_certificate()), "").front();
  std::optional<pki::LocalIssuer> issuer;
  std::map<std::string, FakeServer> servers;
  std::chrono::seconds connecting_takes{0};
};

using CaRotation = CaRotationTest;

}  // namespace

TEST_F(CaRotation, TrustsBothThenReissuesThenRetires) {
  const auto leaf = *servers["a:1"].serves;
  expect_rotated(rotation().trust({}));
  const auto next = pki::next_roots(pki.home).front();
  expect_trusted({old, next});
  EXPECT_EQ(servers["a:1"].serves, leaf) << "nothing new is served";
  EXPECT_EQ(open("redis-1").key(*open("redis-1").current()).to_pem().bytes(),
            lineage.key(1).to_pem().bytes());

  expect_rotated(rotation().reissue());
  expect_signed_by(next);
  expect_trusted({old, next});

  expect_rotated(rotation().retire(false));
  expect_trusted({next});
  expect_signed_by(next);
  EXPECT_TRUE(pki::read_authority_change(pki.home)->is_over());
  EXPECT_EQ(rotate::TargetStore(lineage.paths().targets()).states()[1].verified, open("redis-1").latest());

  // And the next one.
  expect_rotated(rotation().trust({}));
  EXPECT_EQ(pki::next_roots(pki.home).front().common_name(), "Redis PKI Root CA G3");
}

TEST_F(CaRotation, EachPhaseCanBeTakenBackAndDoneAgain) {
  expect_rotated(rotation().trust({}));
  const auto next = pki::next_roots(pki.home).front();
  expect_rotated(rotation().reissue());
  expect_rotated(rotation().retire(false));

  expect_rotated(rotation().undo());
  EXPECT_EQ(phase(), ChangePhase::kReissue);
  for (const auto& [address, server] : servers) EXPECT_EQ(server.trusts.size(), 2u) << address;
  expect_signed_by(next);

  expect_rotated(rotation().undo());
  EXPECT_EQ(phase(), ChangePhase::kTrust);
  expect_signed_by(old);

  expect_rotated(rotation().undo());
  EXPECT_FALSE(pki::read_authority_change(pki.home));
  expect_trusted({old});
  EXPECT_FALSE(std::filesystem::exists(pki.home.next_authority().directory));
  expect_error(ErrorKind::kNotFound, "nothing to take back", [&] { rotation().undo(); });

  expect_rotated(rotation().trust({}));
  expect_rotated(rotation().reissue());
  expect_rotated(rotation().retire(false));
}

TEST_F(CaRotation, PhasesComeInOrder) {
  expect_error(ErrorKind::kUsage, "the first phase is trust", [&] { rotation().reissue(); });
  expect_rotated(rotation().trust({}));
  expect_error(ErrorKind::kUsage, "at the phase trust", [&] { rotation().retire(false); });
  expect_rotated(rotation().trust({}));  // again is no error
}

TEST_F(CaRotation, GoesOnAfterAFailure) {
  servers["b:2"].refuses_reloads = 1;
  EXPECT_EQ(rotation().trust({}).outcome, Outcome::kRolledBack);
  EXPECT_FALSE(pki::read_authority_change(pki.home)->is_done);
  const auto next = pki::next_roots(pki.home);
  expect_error(ErrorKind::kUsage, "not done yet", [&] { rotation().reissue(); });
  expect_rotated(rotation().trust({}));
  EXPECT_EQ(pki::next_roots(pki.home), next) << "it is the same new CA";
  expect_trusted({old, next.front()});
  servers["a:1"].refuses_reloads = 1;
  EXPECT_EQ(rotation().reissue().outcome, Outcome::kRolledBack);
  const int issued = *lineage.latest();
  expect_rotated(rotation().reissue());
  EXPECT_EQ(lineage.latest(), issued) << "what is issued is used";
  expect_signed_by(next.front());
}

TEST_F(CaRotation, SeesThatAServerDoesNotTrustTheNewOne) {
  servers["b:2"].settings.ca_file.clear();  // reads nothing that we can write
  servers["b:2"].trusts = {old};
  const auto result = rotation().trust({});
  EXPECT_EQ(result.outcome, Outcome::kRolledBack);
  EXPECT_NE(result.reason.find("b:2: trusts otherwise"), std::string::npos) << result.reason;
}

TEST_F(CaRotation, DoesNotRetireWhatIsStillPresentedOrNeeded) {
  pki::LocalIssuer before(pki.home, {}, pki.clock);
  pki::CertificateTemplate wanted;
  wanted.subject.attributes.emplace_back("CN", "somebody else's");
  wanted.profile = pki::Profile::kClient;
  const auto key = pki::PrivateKey::generate(pki::KeyType::kEcP256);
  const auto signed_one = before.sign(wanted, std::chrono::days(30), key.handle());
  pki.clock.advance(std::chrono::hours(1));
  expect_rotated(rotation().trust({}));
  pki.clock.advance(std::chrono::hours(1));
  const auto paths = servers["b:2"].settings.files;
  expect_rotated(rotation().reissue());

  const auto serves = servers["b:2"].serves;
  servers["b:2"].serves = lineage.chain(1).front();
  expect_error(ErrorKind::kRefused, "b:2 serves a certificate of it", [&] { rotation().retire(false); });
  servers["b:2"].serves = serves;
  servers["b:2"].is_gone = true;
  expect_error(ErrorKind::kRefused, "b:2: can't connect", [&] { rotation().retire(false); });
  servers["b:2"].is_gone = false;
  expect_error(ErrorKind::kRefused, "somebody else's", [&] { rotation().retire(false); });
  pki::Ledger(pki.home.ledger()).revoke(signed_one.front().serial(), {.at = pki.clock.now()});

  pki.clock.advance(std::chrono::hours(1));
  servers["a:1"].clients = {
      {.id = 1, .address = "10.0.0.9:5", .name = "cart", .user = "web", .age = std::chrono::hours(2)},
      {.id = 2, .address = "10.0.0.8:5", .age = std::chrono::minutes(10)}};
  expect_error(ErrorKind::kRefused, "1 client was connected before", [&] { rotation().retire(false); });
  expect_error(ErrorKind::kRefused, "10.0.0.9:5 'cart' (user web) at a:1", [&] { rotation().retire(false); });
  EXPECT_EQ(phase(), ChangePhase::kReissue) << "nothing was begun";
  expect_rotated(rotation().retire(true));
}

TEST_F(CaRotation, KnowsASentinelThatWasRestartedAlsoWhereConnectingTakesLong) {
  expect_rotated(rotation().trust({}));
  expect_rotated(rotation().reissue());
  pki.clock.advance(std::chrono::minutes(1));
  connecting_takes = std::chrono::seconds(30);
  // Looking for obstacles and for clients connects to both servers: three minutes after the switch it is
  // asked.
  servers["b:2"].clients = {
      {.id = 1, .address = "10.0.0.7:5", .name = "sentinel-1-cmd", .age = std::chrono::seconds(160)}};
  expect_rotated(rotation().retire(false));
}

TEST_F(CaRotation, GoesThroughWithoutTheKeyOfTheOldOne) {
  std::filesystem::remove(pki.home.root_key());
  expect_rotated(rotation().trust({}));
  expect_rotated(rotation().reissue());
  expect_rotated(rotation().retire(false));
  expect_signed_by(pki::next_roots(pki.home).front());
}

TEST_F(CaRotation, TakesBackTheLastPhaseAfterAnUndoThatWasKilled) {
  expect_rotated(rotation().trust({}));
  expect_rotated(rotation().reissue());
  expect_rotated(rotation().retire(false));
  auto change = *pki::read_authority_change(pki.home);
  change.is_done = false;
  pki::write_authority_change(pki.home, change);
  expect_rotated(rotation().undo());
  expect_rotated(rotation().undo());
  expect_signed_by(old);
}
