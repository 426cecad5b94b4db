#include "base/words.h"

#include <gtest/gtest.h>

using Words = std::vector<std::string>;

TEST(Words, SplitAsRedisConfDoes) {
  EXPECT_EQ(base::split_words("  set  key value\t"), (Words{"set", "key", "value"}));
  EXPECT_EQ(base::split_words(R"("a b" 'c d')"), (Words{"a b", "c d"}));
  EXPECT_EQ(base::split_words(R"("\x41\n\"\\" '\'')"), (Words{"A\n\"\\", "'"}));
  EXPECT_EQ(base::split_words(R"('\x41')"), (Words{R"(\x41)"}));
  EXPECT_EQ(base::split_words(R"("" '')"), (Words{"", ""}));
  EXPECT_EQ(base::split_words(""), Words{});
}

TEST(Words, RefuseUnbalancedQuotes) {
  for (const char* line : {"\"abc", "'abc", "\"a\"b", "'a'b", "\"abc\\\""}) {
    EXPECT_FALSE(base::split_words(line)) << line;
  }
}

TEST(Words, QuotedOnesAreReadBackAsTheyWere) {
  for (const std::string& word :
       Words{"plain", "", "two words", "quote\"d", "back\\slash", "it's", std::string("\0\n\x7f", 3)}) {
    EXPECT_EQ(base::split_words(base::quote_word(word)), Words{word});
  }
  EXPECT_EQ(base::quote_word("/etc/redis/tls.crt"), "/etc/redis/tls.crt");
}

TEST(Words, NearestForgivesATypingErrorButNotAnotherWord) {
  const Words known{"init", "issue", "rotate"};
  EXPECT_EQ(base::nearest_word("rotat", known), "rotate");
  EXPECT_EQ(base::nearest_word("isue", known), "issue");
  EXPECT_EQ(base::nearest_word("zebra", known), std::nullopt);
}

TEST(Words, PrintableTextHasNoControlCharactersAndAnEnd) {
  EXPECT_EQ(base::printable("caf\u00e9 \x1b[2J\n", 100), "caf\u00e9 \\x1b[2J\\x0a");
  EXPECT_EQ(base::printable("abcdef", 3), "abc…");
}

TEST(Words, AreJoinedByWhatStandsBetweenThem) {
  EXPECT_EQ(base::join({}, ", "), "");
  EXPECT_EQ(base::join({"a"}, ", "), "a");
  EXPECT_EQ(base::join({"a", "", "c"}, ", "), "a, , c");
}
