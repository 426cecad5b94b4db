#include "tls/cipher_list.h"

#include <gtest/gtest.h>

#include <algorithm>

using tls::CipherSuite;
using tls::expand_cipher_list;

TEST(CipherList, TellsForwardSecrecyByTheKeyExchange) {
  const auto suites = expand_cipher_list("ECDHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256");
  ASSERT_EQ(suites.size(), 2u);
  EXPECT_EQ(suites[0].name, "ECDHE-RSA-AES128-GCM-SHA256");
  EXPECT_TRUE(suites[0].has_forward_secrecy);
  EXPECT_FALSE(suites[1].has_forward_secrecy);
  EXPECT_FALSE(suites[0].is_weak || suites[1].is_weak);
}

TEST(CipherList, FindsWhatEncryptsOrAuthenticatesNothing) {
  const auto suites = expand_cipher_list("NULL-SHA256:ADH-AES128-SHA256");
  ASSERT_EQ(suites.size(), 2u);
  EXPECT_TRUE(suites[0].is_weak && suites[0].authenticates_server);
  EXPECT_TRUE(!suites[1].is_weak && !suites[1].authenticates_server);
}

TEST(CipherList, DefaultsAreStrong) {
  for (const CipherSuite& suite : expand_cipher_list("DEFAULT")) {
    EXPECT_FALSE(suite.is_weak) << suite.name;
    EXPECT_TRUE(suite.authenticates_server) << suite.name;
  }
}

TEST(CipherList, WhatNobodyKnowsIsEmpty) {
  EXPECT_TRUE(expand_cipher_list("NO-SUCH-CIPHER").empty());
  EXPECT_TRUE(expand_cipher_list("").empty());
}
