#include "check/key_cost.h"

#include <gtest/gtest.h>

using check::KeyCost;

namespace {

TEST(KeyCost, IsMeasuredOfBothSidesWithAndWithoutACertificateOfTheClient) {
  const base::SystemClock clock;
  const KeyCost cost =
      check::measure_key_cost(pki::KeyType::kEcP256, tls::deadline_in(std::chrono::seconds(2)), clock);
  EXPECT_EQ(cost.why_not, "");
  EXPECT_GT(cost.handshakes, 10u);
  EXPECT_GT(cost.one_sided.client.count(), 0);
  EXPECT_GT(cost.both_sided.server, cost.one_sided.server);  // it verifies a signature and a chain more
}

TEST(KeyCost, EndsInTimeThoughAKeyTakesLonger) {
  const base::SystemClock clock;
  const auto begin = std::chrono::steady_clock::now();
  const KeyCost cost = check::measure_key_cost(pki::KeyType::kRsa4096, begin, clock);
  EXPECT_EQ(cost.handshakes, 0u);
  EXPECT_NE(cost.why_not, "");
}

}  // namespace
