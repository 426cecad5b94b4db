#include "server/glob.h"

#include <gtest/gtest.h>

#include <string>

using server::fits_glob;

TEST(Glob, FitsAsInRedis) {
  EXPECT_TRUE(fits_glob("*", "anything"));
  EXPECT_TRUE(fits_glob("h?llo", "hallo"));
  EXPECT_FALSE(fits_glob("h?llo", "hllo"));
  EXPECT_TRUE(fits_glob("h*o", "ho"));
  EXPECT_TRUE(fits_glob("h[ae]llo", "hello"));
  EXPECT_FALSE(fits_glob("h[^ae]llo", "hello"));
  EXPECT_TRUE(fits_glob("[a-c]", "b"));
  EXPECT_TRUE(fits_glob("[c-a]", "b"));
  EXPECT_TRUE(fits_glob("\\*", "*"));
  EXPECT_FALSE(fits_glob("\\*", "x"));
  EXPECT_TRUE(fits_glob("[\\]]", "]"));
}

TEST(Glob, EmptyTextFitsOnlyTheEmptyPattern) {
  EXPECT_TRUE(fits_glob("", ""));
  EXPECT_FALSE(fits_glob("*", ""));
}

TEST(Glob, AnyBytesAreCharacters) {
  EXPECT_TRUE(fits_glob(std::string_view("a\0*", 3), std::string_view("a\0b\xff", 4)));
  EXPECT_FALSE(fits_glob("a", std::string_view("a\0", 2)));
}

TEST(Glob, CaseCountsUnlessItIsIgnored) {
  EXPECT_FALSE(fits_glob("TLS-*", "tls-port"));
  EXPECT_TRUE(fits_glob("TLS-*", "tls-port", true));
  EXPECT_TRUE(fits_glob("[A-Z]x", "tX", true));
}

TEST(Glob, PatternsThatAreNotClosedEndThere) {
  EXPECT_TRUE(fits_glob("[abc", "a"));
  EXPECT_TRUE(fits_glob("x\\", "x\\"));
}

// One that backtracks at each star would not come to an end.
TEST(Glob, ManyStarsCostLittle) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  EXPECT_FALSE(fits_glob(pattern + "b", std::string(10000, 'a')));
}
