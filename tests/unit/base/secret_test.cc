#include "base/secret.h"

#include <gtest/gtest.h>

#include <algorithm>

TEST(Secret, WipesTheStringItIsMadeFrom) {
  std::string bytes = "short";
  const char* place = bytes.data();
  const base::Secret secret(std::move(bytes));
  EXPECT_EQ(secret.bytes(), "short");
  EXPECT_TRUE(std::all_of(place, place + 5, [](char c) { return c == 0; }));
}

TEST(Secret, WipesItsOldBytesWhenItIsAssigned) {
  base::Secret secret(std::string_view("old secret"));
  const char* place = secret.bytes().data();
  secret = base::Secret();
  EXPECT_TRUE(secret.empty());
  EXPECT_TRUE(std::all_of(place, place + 10, [](char c) { return c == 0; }));
}

TEST(Secret, MovesLeaveNothingBehind) {
  base::Secret first(std::string_view("secret"));
  const base::Secret second(std::move(first));
  EXPECT_EQ(second.bytes(), "secret");
  EXPECT_TRUE(first.empty());
}

TEST(Secret, GrowsByAppending) {
  base::Secret secret;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    secret.append("piece ");
    expected += "piece ";
  }
  EXPECT_EQ(secret.bytes(), expected);
}
