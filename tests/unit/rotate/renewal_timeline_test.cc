#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>

#include "base/error.h"
#include "fake_target.h"
#include "pki_fixture.h"
#include "rotate/clock_guard.h"
#include "rotate/renewer.h"

// Fifty lineages of two CAs over two years, with a run each six hours (with LONG=1, else six of them twice a
// day), and everything that can go wrong for a while going wrong.

using base::Time;
using rotate::Outcome;
using std::chrono::days;
using std::chrono::hours;
using testing_support::FakeServer;
using testing_support::FakeTarget;
using testing_support::PkiFixture;

namespace {

const bool kIsLong = std::getenv("LONG") != nullptr;
const hours kInterval{kIsLong ? 6 : 12};
const int kLineages = kIsLong ? 50 : 6;

struct Window {
  Time from, to;
  bool holds(Time time) const { return from <= time && time < to; }
};

class FailingIssuer : public pki::Issuer {
 public:
  FailingIssuer(pki::LocalIssuer& issuer, const bool& is_down, const bool& is_full,
                std::map<std::string, int>& issued)
      : issuer_(issuer), is_down_(is_down), is_full_(is_full), issued_(issued) {}

  pki::IssuedCertificate issue(const pki::CertificateOrder& order) override {
    if (is_down_) throw base::Error(base::ErrorKind::kUnreachable, "the CA is down");
    if (is_full_) throw base::Error(base::ErrorKind::kIo, "No space left on device");
    ++issued_[order.lineage];
    return issuer_.issue(order);
  }

 private:
  pki::LocalIssuer& issuer_;
  const bool& is_down_;
  const bool& is_full_;
  std::map<std::string, int>& issued_;
};

struct Simulated {
  Simulated(PkiFixture& of, pki::Lineage made, bool is_served)
      : pki(of), lineage(std::move(made)), has_target(is_served) {}

  PkiFixture& pki;
  pki::Lineage lineage;
  FakeServer server;
  bool has_target = false;
  int reported = 0;  // first failures
  int recovered = 0;
};

struct RenewalTimeline : testing::Test {
  RenewalTimeline() {
    const std::chrono::seconds lifetimes[] = {days(90), days(45), hours(160)};
    for (int i = 0; i < kLineages; ++i) {
      PkiFixture& pki = i % 2 == 0 ? first : second;
      auto settings = pki.settings(pki::Profile::kServer);
      settings.lifetime = lifetimes[i % 3];
      lineages.emplace_back(pki, pki.lineage("l" + std::to_string(i), settings), i % 4 != 0);
      Simulated& simulated = lineages.back();
      if (simulated.has_target) {
        const auto files = simulated.lineage.paths().current_files();
        simulated.server.paths() = {files.certificate(), files.key()};
        simulated.server.load();
        rotate::TargetStore store(simulated.lineage.paths().targets());
        store.remember({.address = "a:1"});
        store.find("a:1")->deployed = store.find("a:1")->verified = 1;
        store.save();
      }
    }
  }

  // What a run of 'redis-pki renew' does.
  void run(Time clock) {
    first.clock.set(clock);
    second.clock.set(clock);
    for (PkiFixture* pki : {&first, &second}) {
      doubted[pki] = !rotate::doubt_clock(pki->home.renewal_clock(), clock).empty();
    }
    for (Simulated& simulated : lineages) {
      if (doubted[&simulated.pki]) continue;
      const rotate::RotationContext context{
          [&]() -> pki::Issuer& { return &simulated.pki == &first ? first_issuer : second_issuer; },
          simulated.pki.clock,
          [&](const rotate::Target& target) {
            return std::make_unique<FakeTarget>(target.address, simulated.server);
          },
          {}};
      const auto renewal = rotate::renew(simulated.lineage, context, {});
      simulated.reported += renewal.is_first_failure;
      simulated.recovered += renewal.has_recovered;
      if (renewal.decision.action == rotate::RenewalDecision::Action::kIssue) simulated.lineage.prune(3);
    }
  }

  void expect_valid(Time now) const {
    for (const Simulated& simulated : lineages) {
      const auto leaf = simulated.has_target ? *simulated.server.serves
                                             : simulated.lineage.chain(*simulated.lineage.current()).front();
      EXPECT_LT(now, leaf.not_after()) << simulated.lineage.name();
      EXPECT_GE(now, leaf.not_before()) << simulated.lineage.name();
    }
  }

  PkiFixture first{false}, second{true};
  bool is_down = false;
  bool is_full = false;
  std::map<std::string, int> issued;
  std::map<PkiFixture*, bool> doubted;
  pki::LocalIssuer first_local{first.home, {}, first.clock}, second_local{second.home, {}, second.clock};
  FailingIssuer first_issuer{first_local, is_down, is_full, issued},
      second_issuer{second_local, never_down, is_full, issued};
  static constexpr bool never_down = false;
  std::vector<Simulated> lineages;
};

}  // namespace

TEST_F(RenewalTimeline, NothingExpiresAndNothingIsRenewedTooOften) {
  const Time begin = first.clock.now();
  const auto at = [&](int day, int hour = 0) { return begin + days(day) + hours(hour); };
  const Window ca_is_down{at(100), at(103)};        // only the first CA
  const Window disk_is_full{at(150), at(151, 12)};  // for both
  const Window servers_refuse{at(200), at(202)};    // reloads, of every fifth
  const Window servers_are_gone{at(300), at(301)};
  const Window clock_is_ahead{at(400), at(400, 20)};
  const Window clock_is_behind{at(500), at(500, 20)};
  for (Time now = begin; now < at(730); now += kInterval) {
    is_down = ca_is_down.holds(now);
    is_full = disk_is_full.holds(now);
    for (size_t i = 0; i < lineages.size(); i += 5) {
      lineages[i].server.refuses_reloads = servers_refuse.holds(now) ? 1000 : 0;
      lineages[i].server.is_gone = servers_are_gone.holds(now);
    }
    const std::chrono::seconds skew = clock_is_ahead.holds(now)    ? days(1000)
                                      : clock_is_behind.holds(now) ? -days(2)
                                                                   : days(0);
    run(now + skew);
    expect_valid(now);
    if (HasFailure()) FAIL() << "on day " << (now - begin) / days(1);
  }
  for (const Simulated& simulated : lineages) {
    const auto& name = simulated.lineage.name();
    const auto lifetime = simulated.lineage.settings().lifetime;
    const auto interval = lifetime < days(10) ? lifetime / 2 : lifetime * 2 / 3;
    EXPECT_LE(issued[name], days(730) / interval + 1) << name;
    EXPECT_GE(issued[name], days(730) / (interval + days(4)) - 1) << name;
    EXPECT_EQ(simulated.reported, simulated.recovered) << name << ": every failure is told once, and its end";
    EXPECT_LE(simulated.reported, 4) << name;
  }
  int reported = 0;
  for (const Simulated& simulated : lineages) reported += simulated.reported;
  EXPECT_GT(reported, kIsLong ? 10 : 0) << "the failures were not felt";
}
