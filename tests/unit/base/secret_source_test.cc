#include "base/secret_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"
#include "expect_error.h"
#include "temporary_directory.h"

using base::ErrorKind;
using testing_support::expect_error;

TEST(SecretSource, ReadsAFileWithoutItsLineEnd) {
  const testing_support::TemporaryDirectory directory;
  base::write_file(directory.path() / "pass", "pass phrase \r\n", {.mode = 0600});
  EXPECT_EQ(base::read_secret("file:" + (directory.path() / "pass").native(), "").bytes(), "pass phrase ");
}

TEST(SecretSource, ReadsTheEnvironment) {
  ::setenv("REDIS_PKI_TEST_SECRET", "from there", 1);
  EXPECT_EQ(base::read_secret("env:REDIS_PKI_TEST_SECRET", "").bytes(), "from there");
  ::unsetenv("REDIS_PKI_TEST_SECRET");
  expect_error(ErrorKind::kUsage, "REDIS_PKI_TEST_SECRET",
               [] { base::read_secret("env:REDIS_PKI_TEST_SECRET", ""); });
}

TEST(SecretSource, ReadsADescriptorToItsEnd) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "from a pipe\n", 12), 12);
  ::close(ends[1]);
  EXPECT_EQ(base::read_secret("fd:" + std::to_string(ends[0]), "").bytes(), "from a pipe");
  ::close(ends[0]);
}

TEST(SecretSource, NoneIsEmptyOnPurpose) { EXPECT_TRUE(base::read_secret("none", "").empty()); }

TEST(SecretSource, RefusesAnEmptySecret) {
  const testing_support::TemporaryDirectory directory;
  base::write_file(directory.path() / "pass", "\n", {.mode = 0600});
  expect_error(ErrorKind::kUsage, "is empty",
               [&] { base::read_secret("file:" + (directory.path() / "pass").native(), ""); });
}

TEST(SecretSource, NeverRepeatsASecretThatWasGivenInsteadOfASource) {
  try {
    base::read_secret("hunter2", "");
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
  }
}
