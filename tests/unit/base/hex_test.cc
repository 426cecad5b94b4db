#include "base/hex.h"

#include <gtest/gtest.h>

TEST(Hex, IsLowerCaseWithoutSeparators) {
  const uint8_t bytes[] = {0x00, 0x0f, 0xa0, 0xff};
  EXPECT_EQ(base::to_hex(bytes), "000fa0ff");
  EXPECT_EQ(base::to_hex({}), "");
}
