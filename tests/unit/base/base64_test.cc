#include "base/base64.h"

#include <gtest/gtest.h>

TEST(Base64, GivesTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> kVectors[] = {{"", ""},
                                                          {"f", "Zg=="},
                                                          {"fo", "Zm8="},
                                                          {"foo", "Zm9v"},
                                                          {"foob", "Zm9vYg=="},
                                                          {"fooba", "Zm9vYmE="},
                                                          {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(base::to_base64(bytes), text);
    EXPECT_EQ(base::from_base64(text), bytes);
  }
  EXPECT_EQ(base::to_base64(std::string_view("\xff\xef\xbe", 3)), "/+++");
}

TEST(Base64, ReadsLinesAndRefusesWhatIsNone) {
  EXPECT_EQ(base::from_base64("Zm9v\nYmFy\n"), "foobar");
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "=Zg=", "Zg==Zg==", "Zm9v!", "Zm9-"}) {
    EXPECT_EQ(base::from_base64(text), std::nullopt) << text;
  }
}
