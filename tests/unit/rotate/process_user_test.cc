#include "rotate/process_user.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "temporary_directory.h"

using rotate::may_read;
using rotate::ProcessUser;

namespace {

constexpr uid_t kStranger = 54321;

}  // namespace

TEST(ProcessUser, IsThatOfTheProcessWithThisExecutable) {
  const auto self = std::filesystem::read_symlink("/proc/self/exe");
  const auto user = rotate::user_of_process(::getpid(), self);
  ASSERT_TRUE(user);
  EXPECT_EQ(user->uid, ::geteuid());
  EXPECT_FALSE(rotate::user_of_process(::getpid(), "/bin/sh"));
  EXPECT_FALSE(rotate::user_of_process(0, self));
}

TEST(ProcessUser, ReadsWhatItsFirstFittingClassAllows) {
  const testing_support::TemporaryDirectory directory;
  ::chmod(directory.path().c_str(), 0755);
  const auto file = directory.path() / "tls.key";
  base::write_file(file, "key", {.mode = 0600});
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  const ProcessUser stranger{kStranger, {kStranger}};
  const ProcessUser member{kStranger, {kStranger, status.st_gid}};
  EXPECT_FALSE(may_read(stranger, file));
  EXPECT_FALSE(may_read(member, file));
  ::chmod(file.c_str(), 0640);
  EXPECT_FALSE(may_read(stranger, file));
  EXPECT_TRUE(may_read(member, file));
  ::chmod(file.c_str(), 0604);
  EXPECT_TRUE(may_read(stranger, file));
  EXPECT_FALSE(may_read(member, file)) << "the group's class decides, and allows nothing";
  EXPECT_TRUE(may_read({0, {}}, file));
}

TEST(ProcessUser, ReadsNothingBehindADirectoryThatItCantSearch) {
  const testing_support::TemporaryDirectory directory;
  ::chmod(directory.path().c_str(), 0700);
  const auto file = directory.path() / "tls.key";
  base::write_file(file, "key", {.mode = 0644});
  EXPECT_FALSE(may_read({kStranger, {kStranger}}, file));
}
