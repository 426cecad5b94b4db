#include "rotate/renewal.h"

#include <gtest/gtest.h>

#include "pki_fixture.h"

using Action = rotate::RenewalDecision::Action;

using std::chrono::days;
using std::chrono::hours;

TEST(Renewal, IsDueWhenAThirdOrForShortLivedHalfIsLeft) {
  const testing_support::PkiFixture pki;
  const auto left_when_due = [&](std::chrono::seconds lifetime) {
    auto settings = pki.settings(pki::Profile::kServer);
    settings.lifetime = lifetime;
    const auto leaf = pki.lineage("l" + std::to_string(lifetime.count()), settings).chain(1).front();
    return (leaf.not_after() - rotate::renewal_due(leaf)) * 100 / (leaf.not_after() - leaf.not_before());
  };
  EXPECT_EQ(left_when_due(days(90)), 33);
  EXPECT_EQ(left_when_due(days(45)), 33);
  EXPECT_EQ(left_when_due(hours(160)), 50);
}

TEST(Renewal, IsDueByTheGenerationInServiceWhenANewerOneWasTakenBack) {
  testing_support::PkiFixture pki;
  const auto lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki.clock.advance(days(50));
  const int second = pki.issue(lineage);
  rotate::TargetStore store(lineage.paths().targets());
  store.withdraw(second);
  const auto action_at = [&](base::Time now) {
    return decide_renewal(lineage, store, {}, now, false).action;
  };
  EXPECT_EQ(action_at(pki.clock.now()), Action::kNothing);
  EXPECT_EQ(action_at(pki.clock.now() + days(20)), Action::kIssue) << "the first ends in 20 days";
}
