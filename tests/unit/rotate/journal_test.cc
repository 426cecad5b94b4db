#include "rotate/journal.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "expect_error.h"
#include "temporary_directory.h"

TEST(Journal, IsReadBackAndRemoved) {
  const testing_support::TemporaryDirectory directory;
  const rotate::Journal journal(directory.path() / "journal");
  EXPECT_FALSE(journal.read());
  rotate::Plan plan{3, 4, true, {}, {}};
  plan.targets.push_back({"localhost:6380",
                          "aabb",
                          {{"/a/tls.crt", "/a/tls.key"}, {"/c/tls.crt", "/c/tls.key"}},
                          {{"/b/tls.crt", "/b/tls.key"}, {"/c/tls.crt", "/c/tls.key"}},
                          true,
                          false});
  plan.files.push_back({{"/d/tls.crt", "/d/tls.key"}, "/backup"});
  journal.write(plan);
  EXPECT_EQ(journal.read(), plan);
  journal.remove();
  EXPECT_FALSE(journal.read());
}

TEST(Journal, SaysWhenItIsDamaged) {
  const testing_support::TemporaryDirectory directory;
  base::write_file(directory.path() / "journal", "{\"from\": 1}", {.mode = 0600});
  testing_support::expect_error(base::ErrorKind::kInvalid, "journal",
                                [&] { rotate::Journal(directory.path() / "journal").read(); });
}
