#include "rotate/renewal.h"

#include <gtest/gtest.h>

#include "pki_fixture.h"

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
