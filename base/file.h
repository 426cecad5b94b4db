#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace base {

// Owns an open file descriptor and closes it.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { reset(); }

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  int release();
  void reset();

 private:
  int fd_ = -1;
};

// Owner, group and mode of a file; an owner or group that is not set is left as it is.
struct FileAccess {
  mode_t mode = 0644;
  std::optional<uid_t> owner;
  std::optional<gid_t> group;
};

// When a change must survive a crash: before the call returns, or after a sync_filesystem() that covers many.
// Either way a process that is killed leaves it whole or not done.
enum class Durability { kNow, kLater };

inline constexpr size_t kLargestFile = size_t{16} << 20;

// The whole content of a regular file. Throws Error: kNotFound, kPermission, kIo, or kInvalid when it is
// larger than `limit` bytes or no regular file.
std::string read_file(const std::filesystem::path& path, size_t limit = kLargestFile);
Secret read_secret_file(const std::filesystem::path& path, size_t limit = kLargestFile);

// Makes `path` hold `bytes`, whole or not at all: writes a temporary file beside it that has the wanted
// access before its first byte, syncs it, renames it over `path` and syncs the directory. On failure the old
// file is as it was and no temporary file is left. Throws Error.
void write_file(const std::filesystem::path& path, std::string_view bytes, const FileAccess& access,
                Durability durability = Durability::kNow);

// Makes a file that isn't there yet, with the wanted access before its first byte, in a directory that
// nothing reads yet: on failure it may be half there. Throws Error.
void create_file(const std::filesystem::path& path, std::string_view bytes, const FileAccess& access,
                 Durability durability = Durability::kNow);

// As write_file, for a symbolic link that may exist already.
void write_link(const std::filesystem::path& path, const std::filesystem::path& destination,
                Durability durability = Durability::kNow);

// Makes the directory, and those above it, with `mode` regardless of umask; leaves an existing one alone.
void make_directories(const std::filesystem::path& path, mode_t mode,
                      Durability durability = Durability::kNow);

// Renames a file or directory; both names must lie on one file system.
void rename_file(const std::filesystem::path& from, const std::filesystem::path& to,
                 Durability durability = Durability::kNow);

// Removes a file and syncs its directory; it is no error when there is none.
void remove_durably(const std::filesystem::path& path);

void sync_directory(const std::filesystem::path& path);

// Makes all changes to the file system that holds `path` durable.
void sync_filesystem(const std::filesystem::path& path);

// Mode, owner and group of an existing file. Throws Error.
FileAccess access_of(const std::filesystem::path& path);

// "redis", "redis:redis", "1000:1000" to ids. Throws Error(kUsage) for a name that the system doesn't know.
FileAccess parse_owner(std::string_view owner, FileAccess access);

}  // namespace base
