// A library to preload: the call number FAIL_NTH of those that change the file system fails with FAIL_ERRNO,
// or never takes place, because the process is killed (kill -9), when that is -1. The number of calls so far
// goes to the file FAIL_COUNT, if that is set.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<long> calls = 0;

long variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? 0 : std::atol(value);
}

bool fails() {
  static const long nth = variable("FAIL_NTH");
  static const int reason = static_cast<int>(variable("FAIL_ERRNO"));
  if (++calls != nth) return false;
  if (reason == -1) std::raise(SIGKILL);
  errno = reason;
  return true;
}

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

struct Report {
  ~Report() {
    const char* path = std::getenv("FAIL_COUNT");
    if (path == nullptr) return;
    if (std::FILE* file = std::fopen(path, "w")) {
      std::fprintf(file, "%ld", calls.load());
      std::fclose(file);
    }
  }
} report;

bool is_file(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

#define FAILING(result, name, parameters, arguments, applies)               \
  extern "C" result name parameters {                                       \
    static const auto real = next<result(*) parameters>(#name);             \
    return (applies) && fails() ? static_cast<result>(-1) : real arguments; \
  }

FAILING(ssize_t, write, (int fd, const void* bytes, size_t size), (fd, bytes, size), is_file(fd))
FAILING(ssize_t, pwrite, (int fd, const void* bytes, size_t size, off_t at), (fd, bytes, size, at), true)
FAILING(ssize_t, pwrite64, (int fd, const void* bytes, size_t size, off64_t at), (fd, bytes, size, at), true)
FAILING(int, fsync, (int fd), (fd), true)
FAILING(int, fdatasync, (int fd), (fd), true)
FAILING(int, syncfs, (int fd), (fd), true)
FAILING(int, rename, (const char* from, const char* to), (from, to), true)
FAILING(int, mkdir, (const char* path, mode_t mode), (path, mode), true)
FAILING(int, symlink, (const char* to, const char* path), (to, path), true)
FAILING(int, chmod, (const char* path, mode_t mode), (path, mode), true)
FAILING(int, fchmod, (int fd, mode_t mode), (fd, mode), true)
FAILING(int, fchown, (int fd, uid_t owner, gid_t group), (fd, owner, group), true)
FAILING(int, mkostemp, (char* name, int flags), (name, flags), true)

#define FAILING_OPEN(name)                                                   \
  extern "C" int name(const char* path, int flags, ...) {                    \
    static const auto real = next<int (*)(const char*, int, ...)>(#name);    \
    va_list list;                                                            \
    va_start(list, flags);                                                   \
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;   \
    va_end(list);                                                            \
    return (flags & O_CREAT) != 0 && fails() ? -1 : real(path, flags, mode); \
  }

FAILING_OPEN(open)
FAILING_OPEN(open64)
