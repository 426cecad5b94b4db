#include "server/spare_buffers.h"

#include <gtest/gtest.h>

using server::SpareBuffers;

TEST(SpareBuffers, LendsWhatItTookBack) {
  SpareBuffers buffers;
  std::string used(1000, 'x');
  const char* memory = used.data();
  buffers.take_back(used);
  EXPECT_TRUE(used.empty());
  EXPECT_EQ(used.capacity(), std::string().capacity());
  std::string next;
  buffers.lend(next);
  EXPECT_EQ(next.data(), memory);
  EXPECT_TRUE(next.empty());
}

TEST(SpareBuffers, LeavesABufferThatHoldsSomethingAsItIs) {
  SpareBuffers buffers;
  std::string used(1000, 'x');
  buffers.take_back(used);
  for (const size_t size : {1, 15, 16, 30, 31, 40}) {
    std::string buffer(size, 'y');
    buffers.lend(buffer);
    EXPECT_EQ(buffer, std::string(size, 'y'));
  }
}
