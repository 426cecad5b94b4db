#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "base/error.h"

namespace base {
namespace {

FileDescriptor open_lock(const std::filesystem::path& path) {
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.is_open()) throw system_error("lock", path.native(), errno);
  return fd;
}

bool lock(const FileDescriptor& fd, int operation, const std::filesystem::path& path) {
  while (::flock(fd.get(), operation) != 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw system_error("lock", path.native(), errno);
  }
  return true;
}

}  // namespace

FileLock FileLock::acquire(const std::filesystem::path& path) {
  FileDescriptor fd = open_lock(path);
  lock(fd, LOCK_EX, path);
  return FileLock(std::move(fd));
}

std::optional<FileLock> FileLock::try_acquire(const std::filesystem::path& path) {
  FileDescriptor fd = open_lock(path);
  if (!lock(fd, LOCK_EX | LOCK_NB, path)) return std::nullopt;
  return FileLock(std::move(fd));
}

}  // namespace base
