#include "pki/name.h"

#include <gtest/gtest.h>

#include "expect_error.h"

TEST(DistinguishedName, ReadsOpensslsForm) {
  const auto name = pki::parse_distinguished_name(R"(/C=US/O=A\/B Ltd/CN=redis-1)");
  EXPECT_EQ(pki::describe_name(pki::to_x509_name(name).get()), "C=US, O=A/B Ltd, CN=redis-1");
  EXPECT_TRUE(name.has("CN"));
  EXPECT_FALSE(name.has("OU"));
}

TEST(DistinguishedName, KeepsUtf8) {
  const auto name = pki::parse_distinguished_name("/O=Größe");
  EXPECT_EQ(pki::describe_name(pki::to_x509_name(name).get()), "O=Größe");
}

TEST(DistinguishedName, RefusesWhatIsNone) {
  for (const std::string& text : {std::string(), std::string("CN=x"), std::string("/"), std::string("/CN="),
                                  std::string("/=x"), std::string("/XX=y"), "/CN=" + std::string(65, 'x'),
                                  std::string("/C=USA"), std::string("/CN=a\0b", 7)}) {
    testing_support::expect_error(base::ErrorKind::kUsage, "", [&] { pki::parse_distinguished_name(text); });
  }
}
