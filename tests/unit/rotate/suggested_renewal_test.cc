#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "pki_fixture.h"
#include "rotate/renewer.h"

// A year of lineages whose CA suggests when to renew (RFC 9773), with a run each six hours; twenty with
// LONG=1.

using base::Time;
using std::chrono::days;
using std::chrono::hours;
using testing_support::PkiFixture;

namespace {

const bool kIsLong = std::getenv("LONG") != nullptr;
const int kLineages = kIsLong ? 20 : 5;
constexpr hours kInterval{6};

// What a CA may say of a certificate.
enum class Manner { kNothing, kEarly, kUsual, kTooLate, kRevokedSoon };

std::optional<Time> suggestion(Manner manner, const pki::Certificate& leaf) {
  const auto lifetime = leaf.not_after() - leaf.not_before();
  switch (manner) {
    case Manner::kNothing:
      return std::nullopt;
    case Manner::kEarly:
      return leaf.not_before() + lifetime / 2;
    case Manner::kUsual:
      return leaf.not_after() - lifetime / 3 - hours(5);
    case Manner::kTooLate:
      return leaf.not_after() + days(3);
    case Manner::kRevokedSoon:
      return leaf.not_before() + lifetime / 10;
  }
  return std::nullopt;
}

Time latest(Manner manner, const pki::Certificate& leaf) {
  const auto twentieth = (leaf.not_after() - leaf.not_before()) / 20;
  const auto suggested = suggestion(manner, leaf);
  return suggested ? std::min(*suggested, leaf.not_after() - twentieth) : rotate::renewal_due(leaf);
}

}  // namespace

TEST(SuggestedRenewal, IsKeptToAndNothingExpires) {
  PkiFixture pki;
  pki::LocalIssuer issuer(pki.home, {}, pki.clock);
  const std::chrono::seconds lifetimes[] = {days(90), days(45), hours(160)};
  std::vector<std::pair<pki::Lineage, Manner>> lineages;
  for (int i = 0; i < kLineages; ++i) {
    auto settings = pki.settings(pki::Profile::kServer);
    settings.lifetime = lifetimes[i % 3];
    lineages.emplace_back(pki.lineage("l" + std::to_string(i), settings), static_cast<Manner>(i % 5));
  }
  const rotate::RotationContext context{
      [&]() -> pki::Issuer& { return issuer; }, pki.clock, [](const rotate::Target&) { return nullptr; }, {}};
  std::map<std::string, int> renewals;
  const Time end = pki.clock.now() + days(365);
  for (; pki.clock.now() < end; pki.clock.advance(kInterval)) {
    for (const auto& [lineage, manner] : lineages) {
      const auto leaf = lineage.chain(*lineage.current()).front();
      rotate::RenewalOptions options;
      options.suggest = [&, way = manner](const pki::Certificate& of) { return suggestion(way, of); };
      const auto renewal = rotate::renew(lineage, context, options);
      const bool is_due = pki.clock.now() >= latest(manner, leaf);
      ASSERT_EQ(renewal.decision.action == rotate::RenewalDecision::Action::kIssue, is_due) << lineage.name();
      ASSERT_LT(pki.clock.now(), lineage.chain(*lineage.current()).front().not_after()) << lineage.name();
      if (is_due) lineage.prune(3);
      renewals[lineage.name()] += is_due;
    }
  }
  EXPECT_EQ(renewals["l0"], 6) << "90 days, no suggestion: each 60 days";
  EXPECT_EQ(renewals["l1"], 16) << "45 days, at their half";
}
