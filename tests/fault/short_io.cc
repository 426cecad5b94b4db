// A library to preload: sending and receiving is cut short, interrupted or put off at random.

#include <dlfcn.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace {

std::atomic<uint32_t> state = 12345;

uint32_t chance(uint32_t below) {
  uint32_t x = state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  state = x;
  return x % below;
}

// The size to use, or 0 with errno when the call is to fail.
size_t disturb(size_t size) {
  switch (chance(8)) {
    case 0:
      errno = EINTR;
      return 0;
    case 1:
      errno = EAGAIN;
      return 0;
    case 2:
    case 3:
    case 4:
      return size > 1 ? 1 + chance(static_cast<uint32_t>(size < 5000 ? size : 5000)) : size;
    default:
      return size;
  }
}

}  // namespace

extern "C" ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  static const auto real =
      reinterpret_cast<ssize_t (*)(int, const void*, size_t, int)>(dlsym(RTLD_NEXT, "send"));
  const size_t count = disturb(size);
  return count == 0 ? -1 : real(fd, bytes, count, flags);
}

extern "C" ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  static const auto real = reinterpret_cast<ssize_t (*)(int, void*, size_t, int)>(dlsym(RTLD_NEXT, "recv"));
  const size_t count = disturb(size);
  return count == 0 ? -1 : real(fd, bytes, count, flags);
}
