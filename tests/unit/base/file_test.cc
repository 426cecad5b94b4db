#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expect_error.h"
#include "temporary_directory.h"

namespace fs = std::filesystem;
using base::ErrorKind;
using testing_support::expect_error;
using testing_support::TemporaryDirectory;

namespace {

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

size_t entries_in(const fs::path& path) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

}  // namespace

TEST(File, IsWrittenWithItsModeWhateverTheUmask) {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(0);
  base::write_file(directory.path() / "key", "secret", {.mode = 0400});
  ::umask(0777);
  base::write_file(directory.path() / "crt", "public", {.mode = 0644});
  ::umask(before);
  EXPECT_EQ(mode_of(directory.path() / "key"), 0400u);
  EXPECT_EQ(mode_of(directory.path() / "crt"), 0644u);
  EXPECT_EQ(base::read_file(directory.path() / "crt"), "public");
}

TEST(File, ReplacesAnOldOneAndLeavesNoTemporaryFile) {
  const TemporaryDirectory directory;
  base::write_file(directory.path() / "a", "old", {.mode = 0644});
  base::write_file(directory.path() / "a", "new", {.mode = 0600});
  EXPECT_EQ(base::read_file(directory.path() / "a"), "new");
  EXPECT_EQ(mode_of(directory.path() / "a"), 0600u);
  EXPECT_EQ(entries_in(directory.path()), 1u);
}

TEST(File, KeepsTheOldOneWhenWritingFails) {
  const TemporaryDirectory directory;
  fs::create_directory(directory.path() / "a");
  expect_error(ErrorKind::kIo, "can't write",
               [&] { base::write_file(directory.path() / "a", "new", {.mode = 0644}); });
  EXPECT_TRUE(fs::is_directory(directory.path() / "a"));
  EXPECT_EQ(entries_in(directory.path()), 1u);
  expect_error(ErrorKind::kNotFound, "no-such-dir",
               [&] { base::write_file(directory.path() / "no-such-dir" / "a", "new", {.mode = 0644}); });
}

TEST(File, ReadingIsBoundedAndOnlyOfRegularFiles) {
  const TemporaryDirectory directory;
  base::write_file(directory.path() / "a", std::string(1000, 'x'), {.mode = 0644});
  EXPECT_EQ(base::read_file(directory.path() / "a", 1000).size(), 1000u);
  expect_error(ErrorKind::kInvalid, "larger than 999 bytes",
               [&] { base::read_file(directory.path() / "a", 999); });
  expect_error(ErrorKind::kInvalid, "not a regular file", [&] { base::read_file(directory.path()); });
  expect_error(ErrorKind::kNotFound, "No such file", [&] { base::read_file(directory.path() / "b"); });
  ASSERT_EQ(::mkfifo((directory.path() / "fifo").c_str(), 0600), 0);
  expect_error(ErrorKind::kInvalid, "not a regular file",
               [&] { base::read_file(directory.path() / "fifo"); });
}

TEST(File, LinksAreReplacedInOneStep) {
  const TemporaryDirectory directory;
  base::write_link(directory.path() / "current", "generations/0001");
  base::write_link(directory.path() / "current", "generations/0002");
  EXPECT_EQ(fs::read_symlink(directory.path() / "current"), "generations/0002");
  EXPECT_EQ(entries_in(directory.path()), 1u);
}

TEST(File, DirectoriesGetTheirModeAndExistingOnesKeepTheirs) {
  const TemporaryDirectory directory;
  const mode_t before = ::umask(0777);
  base::make_directories(directory.path() / "a" / "b", 0755);
  ::umask(before);
  EXPECT_EQ(mode_of(directory.path() / "a"), 0755u);
  EXPECT_EQ(mode_of(directory.path() / "a" / "b"), 0755u);
  base::make_directories(directory.path() / "a", 0700);
  EXPECT_EQ(mode_of(directory.path() / "a"), 0755u);
}

TEST(File, OwnersAreNamesOrNumbers) {
  const auto access = base::parse_owner("root:0", {.mode = 0400});
  EXPECT_EQ(access.owner, 0u);
  EXPECT_EQ(access.group, 0u);
  EXPECT_EQ(access.mode, 0400u);
  EXPECT_FALSE(base::parse_owner("root", {.mode = 0400}).group);
  expect_error(ErrorKind::kUsage, "no user 'nobody-of-that-name'",
               [] { base::parse_owner("nobody-of-that-name", {.mode = 0400}); });
}
