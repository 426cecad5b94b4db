#pragma once

#include <filesystem>
#include <optional>

#include "base/file_lock.h"
#include "pki/home.h"

namespace pki {

// A directory beside the lineages that nothing reads, removed at the end. What killed processes left of
// theirs is removed at the beginning. Throws Error.
class StagingDirectory {
 public:
  explicit StagingDirectory(const Home& home);
  StagingDirectory(const StagingDirectory&) = delete;
  StagingDirectory& operator=(const StagingDirectory&) = delete;
  ~StagingDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::optional<base::FileLock> lock_;  // tells that we live
};

}  // namespace pki
