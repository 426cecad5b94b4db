#include "rotate/journal.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "expect_error.h"
#include "temporary_directory.h"

TEST(Journal, IsReadBackAndRemoved) {
  const testing_support::TemporaryDirectory directory;
  const rotate::Journal journal(directory.path() / "journal");
  EXPECT_FALSE(journal.read());
  journal.write({3, 4, {{"localhost:6380", {"/a/tls.crt", "/a/tls.key"}}}});
  const auto entry = journal.read();
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->from, 3);
  EXPECT_EQ(entry->to, 4);
  ASSERT_EQ(entry->targets.size(), 1u);
  EXPECT_EQ(entry->targets[0].address, "localhost:6380");
  EXPECT_EQ(entry->targets[0].before.key, "/a/tls.key");
  journal.remove();
  EXPECT_FALSE(journal.read());
}

TEST(Journal, SaysWhenItIsDamaged) {
  const testing_support::TemporaryDirectory directory;
  base::write_file(directory.path() / "journal", "{\"from\": 1}", {.mode = 0600});
  testing_support::expect_error(base::ErrorKind::kInvalid, "journal",
                                [&] { rotate::Journal(directory.path() / "journal").read(); });
}
