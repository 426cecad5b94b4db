#pragma once

#include <filesystem>
#include <optional>

#include "base/file.h"

namespace base {

// An exclusive lock on a file, held until the object is destroyed or its process ends, however it ends.
// Keeps processes apart, not threads of one process that share the object.
class FileLock {
 public:
  // Makes the file if needed and waits for the lock. Throws Error.
  static FileLock acquire(const std::filesystem::path& path);

  // Nothing when another holder has it.
  static std::optional<FileLock> try_acquire(const std::filesystem::path& path);

 private:
  explicit FileLock(FileDescriptor fd) : fd_(std::move(fd)) {}
  FileDescriptor fd_;
};

}  // namespace base
