#include "rotate/in_place.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "temporary_directory.h"

namespace fs = std::filesystem;

namespace {

struct InPlace : testing::Test {
  InPlace() {
    fs::create_directory(generation.directory);
    write(generation.certificate(), "new certificate\n");
    write(generation.key(), "new key\n");
  }

  void write(const fs::path& path, const std::string& text, mode_t mode = 0644) const {
    base::write_file(path, text, {.mode = mode});
  }

  rotate::InPlacePair pair(const std::string& certificate, const std::string& key) const {
    return {{directory.path() / certificate, directory.path() / key}, directory.path() / "backup"};
  }

  testing_support::TemporaryDirectory directory;
  const pki::CertificateFiles generation{directory.path() / "generation"};
};

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_F(InPlace, KeepsTheModeAndPutsBackWhatWasThere) {
  const auto files = pair("redis.crt", "redis.key");
  write(files.files.certificate, "old certificate\n", 0664);
  write(files.files.key, "old key\n", 0440);
  back_up(files);
  EXPECT_EQ(mode_of(files.backup), 0700u);
  install(files, generation);
  EXPECT_EQ(base::read_file(files.files.certificate), "new certificate\n");
  EXPECT_EQ(base::read_file(files.files.key), "new key\n");
  EXPECT_EQ(mode_of(files.files.certificate), 0664u);
  EXPECT_EQ(mode_of(files.files.key), 0440u);
  restore(files);
  EXPECT_EQ(base::read_file(files.files.certificate), "old certificate\n");
  EXPECT_EQ(base::read_file(files.files.key), "old key\n");
  EXPECT_EQ(mode_of(files.files.key), 0440u);
  remove_backup(files);
  EXPECT_FALSE(fs::exists(files.backup));
}

TEST_F(InPlace, PutsChainAndKeyIntoOneFileWhenTheServerReadsOne) {
  const auto files = pair("redis.pem", "redis.pem");
  write(files.files.key, "old both\n", 0400);
  back_up(files);
  install(files, generation);
  EXPECT_EQ(base::read_file(files.files.key), "new certificate\nnew key\n");
  EXPECT_EQ(mode_of(files.files.key), 0400u);
  restore(files);
  EXPECT_EQ(base::read_file(files.files.key), "old both\n");
}

TEST_F(InPlace, PutsBackAFileThatIsGone) {
  const auto files = pair("redis.crt", "redis.key");
  write(files.files.certificate, "old certificate\n");
  write(files.files.key, "old key\n", 0600);
  back_up(files);
  fs::remove(files.files.key);
  restore(files);
  EXPECT_EQ(base::read_file(files.files.key), "old key\n");
  EXPECT_EQ(mode_of(files.files.key), 0600u);
}
