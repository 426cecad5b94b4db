#include "base/error.h"

#include <cerrno>
#include <system_error>

namespace base {
namespace {

ErrorKind kind_of(int errno_value) {
  switch (errno_value) {
    case ENOENT:
    case ENOTDIR:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
      return ErrorKind::kNotFound;
    case EEXIST:
    case EADDRINUSE:
      return ErrorKind::kExists;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::kPermission;
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPIPE:
      return ErrorKind::kUnreachable;
    case ETIMEDOUT:
      return ErrorKind::kTimeout;
    default:
      return ErrorKind::kIo;
  }
}

}  // namespace

Error system_error(std::string_view action, std::string_view subject, int errno_value) {
  return Error(kind_of(errno_value), std::string(subject) + ": can't " + std::string(action) + ": " +
                                         std::generic_category().message(errno_value));
}

}  // namespace base
