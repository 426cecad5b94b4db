#include "check/judgement.h"

#include <gtest/gtest.h>

#include "pki_fixture.h"

using check::State;
using testing_support::PkiFixture;

namespace {

State state_after(const PkiFixture& pki, std::chrono::seconds lifetime, std::chrono::seconds later,
                  const check::Thresholds& thresholds = {}) {
  auto settings = pki.settings(pki::Profile::kServer);
  settings.lifetime = lifetime;
  static int number = 0;
  const auto lineage = pki.lineage("l" + std::to_string(++number), settings);
  check::Observation seen;
  seen.chain = {lineage.chain(1).front()};
  return check::judge(seen, thresholds, pki.clock.now() + later).state;
}

check::Threshold time_of(std::chrono::seconds time) { return {time, std::nullopt}; }

}  // namespace

TEST(Judgement, WarnsAt21DaysAndIsCriticalAt7) {
  using std::chrono::days;
  const PkiFixture pki;
  EXPECT_EQ(state_after(pki, days(365), days(343)), State::kOk);
  EXPECT_EQ(state_after(pki, days(365), days(344)), State::kWarning);
  EXPECT_EQ(state_after(pki, days(365), days(357)), State::kWarning);
  EXPECT_EQ(state_after(pki, days(365), days(358)), State::kCritical);
  EXPECT_EQ(state_after(pki, days(365), days(366)), State::kCritical);
}

TEST(Judgement, ShortLifetimesAreJudgedByTheirShare) {
  using std::chrono::hours;
  const PkiFixture pki;
  EXPECT_EQ(state_after(pki, hours(160), hours(119)), State::kOk);
  EXPECT_EQ(state_after(pki, hours(160), hours(121)), State::kWarning);
  EXPECT_EQ(state_after(pki, hours(160), hours(145)), State::kCritical);
}

TEST(Judgement, ThresholdsCanBeSet) {
  using std::chrono::days;
  const PkiFixture pki;
  EXPECT_EQ(state_after(pki, days(90), days(1), {.warning = time_of(days(100))}), State::kWarning);
  EXPECT_EQ(state_after(pki, days(90), days(1), {.critical = time_of(days(100))}), State::kCritical);
}

TEST(Judgement, ThresholdsCanBeSharesOfTheLifetime) {
  using std::chrono::days;
  const PkiFixture pki;
  const check::Thresholds thirds{{std::nullopt, 0.5}, {std::nullopt, 0.25}};
  EXPECT_EQ(state_after(pki, days(80), days(39), thirds), State::kOk);
  EXPECT_EQ(state_after(pki, days(80), days(41), thirds), State::kWarning);
  EXPECT_EQ(state_after(pki, days(80), days(61), thirds), State::kCritical);
}

TEST(Judgement, NotYetValidIsCritical) {
  const PkiFixture pki;
  EXPECT_EQ(state_after(pki, std::chrono::days(90), std::chrono::days(-1)), State::kCritical);
}

TEST(Judgement, WhatCantBeSeenIsUnknownAndFindingsCount) {
  check::Observation seen;
  seen.findings = {{pki::Severity::kInfo, "c", "t"}};
  EXPECT_EQ(check::judge(seen, {}, {}).state, State::kOk);
  seen.findings.push_back({pki::Severity::kWarning, "c", "t"});
  EXPECT_EQ(check::judge(seen, {}, {}).state, State::kWarning);
  seen.failure = "can't read";
  EXPECT_EQ(check::judge(seen, {}, {}).state, State::kUnknown);
  seen.findings.push_back({pki::Severity::kError, "c", "t"});
  EXPECT_EQ(check::judge(seen, {}, {}).state, State::kCritical);
}

TEST(Judgement, CriticalIsWorseThanUnknownIsWorseThanWarning) {
  EXPECT_EQ(check::worse(State::kUnknown, State::kCritical), State::kCritical);
  EXPECT_EQ(check::worse(State::kUnknown, State::kWarning), State::kUnknown);
  EXPECT_EQ(check::worse(State::kOk, State::kWarning), State::kWarning);
}
