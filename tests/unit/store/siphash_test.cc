#include "store/siphash.h"

#include <gtest/gtest.h>

#include <string>

using store::siphash;
using store::SipHashKey;

// Appendix A of the paper, and vectors.h of the authors' implementation.
TEST(SipHash, GivesTheVectorsOfThePaper) {
  const SipHashKey key{0x0706050403020100, 0x0f0e0d0c0b0a0908};
  std::string input;
  for (char i = 0; i < 15; ++i) input += i;
  EXPECT_EQ((siphash<2, 4>(key, input)), 0xa129ca6149be45e5u);
  EXPECT_EQ((siphash<2, 4>(key, "")), 0x726fdb47dd0e0e31u);
  EXPECT_EQ((siphash<2, 4>(key, input.substr(0, 8))), 0x93f5f5799a932462u);
}

TEST(SipHash, DependsOnTheSecret) {
  EXPECT_NE(siphash(SipHashKey::random(), "key"), siphash(SipHashKey::random(), "key"));
}
