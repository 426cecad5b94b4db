#include "base/file_lock.h"

#include <gtest/gtest.h>

#include "temporary_directory.h"

TEST(FileLock, IsHeldByOneAndFreedWithIt) {
  const testing_support::TemporaryDirectory directory;
  const auto path = directory.path() / "lock";
  {
    const auto first = base::FileLock::acquire(path);
    EXPECT_FALSE(base::FileLock::try_acquire(path));
  }
  EXPECT_TRUE(base::FileLock::try_acquire(path));
}
