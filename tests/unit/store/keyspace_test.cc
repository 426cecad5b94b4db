#include "store/keyspace.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

using store::Keyspace;

TEST(Keyspace, SetsReplacesAndRemoves) {
  Keyspace keys;
  keys.set("a", "1", 0);
  keys.set("a", "2", 0);
  ASSERT_NE(keys.find("a", 0), nullptr);
  EXPECT_EQ(keys.find("a", 0)->value(), "2");
  EXPECT_TRUE(keys.remove("a", 0));
  EXPECT_FALSE(keys.remove("a", 0));
  EXPECT_EQ(keys.find("a", 0), nullptr);
}

TEST(Keyspace, KeysAndValuesHoldAnyBytes) {
  Keyspace keys;
  const std::string_view bytes("\0\xff\r\n", 4);
  keys.set(bytes, bytes, 0);
  EXPECT_EQ(keys.find(bytes, 0)->key(), bytes);
  EXPECT_EQ(keys.find(bytes, 0)->value(), bytes);
  EXPECT_EQ(keys.find(std::string_view("\0", 1), 0), nullptr);
  keys.set("", "", 0);
  EXPECT_EQ(keys.find("", 0)->value(), "");
}

TEST(Keyspace, ValuesAreReadyToBeSentInEverySize) {
  Keyspace keys;
  for (const size_t size : {0, 1, 9, 10, 99, 100, 20, 70'000, 3}) {
    const std::string value(size, 'v');
    keys.set("key", value, 0);
    EXPECT_EQ(keys.find("key", 0)->bulk_string(), "$" + std::to_string(size) + "\r\n" + value + "\r\n");
  }
}

TEST(Keyspace, ExpiredKeysAreNotThere) {
  Keyspace keys;
  keys.set("a", "1", 100);
  EXPECT_NE(keys.find("a", 99), nullptr);
  EXPECT_EQ(keys.find("a", 100), nullptr);
  keys.set("b", "1", 100);
  EXPECT_FALSE(keys.remove("b", 100));
}

TEST(Keyspace, AnExpiryIsChangedAndTakenAway) {
  Keyspace keys;
  keys.set("a", "1", 100);
  keys.set_expiry("a", 200);
  EXPECT_EQ(keys.find("a", 100)->expires_at(), 200);
  keys.set("a", std::string(100, 'v'), 0);
  keys.remove_some_expired(1000);
  EXPECT_NE(keys.find("a", 1000), nullptr);
}

TEST(Keyspace, ExpiredKeysThatNobodyReadsAreFreedInTime) {
  Keyspace keys;
  for (int i = 0; i < 10'000; ++i) keys.set("key" + std::to_string(i), "v", i % 2 == 0 ? 100 : 0);
  for (int i = 0; i < 20; ++i) keys.remove_some_expired(100);
  EXPECT_EQ(keys.size(), 5000u);
}

// While the table grows, shrinks and is full of removed buckets.
TEST(Keyspace, AgreesWithAMapAfterEveryChange) {
  std::mt19937 random(1);
  Keyspace keys;
  std::map<std::string, std::string> model;
  for (int step = 0; step < 200'000; ++step) {
    // Phases in which keys are mostly added, and mostly removed.
    const bool adds = random() % 10 < (step / 20'000 % 2 == 0 ? 8u : 2u);
    const std::string key = "key:" + std::to_string(random() % 20'000);
    if (adds) {
      const std::string value(random() % 40, static_cast<char>('a' + step % 26));
      keys.set(key, value, 0);
      model[key] = value;
    } else {
      ASSERT_EQ(keys.remove(key, 0), model.erase(key) == 1);
    }
    const std::string probe = "key:" + std::to_string(random() % 20'000);
    const std::string_view probes[] = {key, probe};
    keys.prefetch(probes);
    const auto* found = keys.find(probe, 0);
    const auto expected = model.find(probe);
    ASSERT_EQ(found != nullptr, expected != model.end()) << step;
    if (found != nullptr) {
      ASSERT_EQ(found->value(), expected->second);
    }
    ASSERT_EQ(keys.size(), model.size());
  }
  for (const auto& [key, value] : model) ASSERT_EQ(keys.find(key, 0)->value(), value);
}
