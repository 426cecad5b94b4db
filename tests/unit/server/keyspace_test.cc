#include "server/keyspace.h"

#include <gtest/gtest.h>

using server::Keyspace;

TEST(Keyspace, SetsReplacesAndRemoves) {
  Keyspace keys;
  keys.set("a", "1", 0);
  keys.set("a", "2", 0);
  ASSERT_NE(keys.find("a", 0), nullptr);
  EXPECT_EQ(keys.find("a", 0)->value, "2");
  EXPECT_TRUE(keys.remove("a", 0));
  EXPECT_FALSE(keys.remove("a", 0));
  EXPECT_EQ(keys.find("a", 0), nullptr);
}

TEST(Keyspace, KeysHoldAnyBytes) {
  Keyspace keys;
  const std::string_view key("\0\xff\r\n", 4);
  keys.set(key, key, 0);
  EXPECT_EQ(keys.find(key, 0)->value, key);
  EXPECT_EQ(keys.find(std::string_view("\0", 1), 0), nullptr);
}

TEST(Keyspace, ExpiredKeysAreNotThere) {
  Keyspace keys;
  keys.set("a", "1", 100);
  EXPECT_NE(keys.find("a", 99), nullptr);
  EXPECT_EQ(keys.find("a", 100), nullptr);
  keys.set("b", "1", 100);
  EXPECT_FALSE(keys.remove("b", 100));
}

TEST(Keyspace, ExpiredKeysThatNobodyReadsAreFreedInTime) {
  Keyspace keys;
  for (int i = 0; i < 10'000; ++i) keys.set("key" + std::to_string(i), "v", i % 2 == 0 ? 100 : 0);
  for (int i = 0; i < 200; ++i) keys.remove_some_expired(100);
  EXPECT_EQ(keys.size(), 5000u);
}
