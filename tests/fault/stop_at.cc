// A library to preload: the process stops itself (SIGSTOP) when it has printed the text STOP_AT for the first
// time.

#include <dlfcn.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" size_t fwrite(const void* bytes, size_t size, size_t count, FILE* stream) {
  static const auto real =
      reinterpret_cast<size_t (*)(const void*, size_t, size_t, FILE*)>(dlsym(RTLD_NEXT, "fwrite"));
  const size_t written = real(bytes, size, count, stream);
  static const char* text = std::getenv("STOP_AT");
  const std::string_view printed(static_cast<const char*>(bytes), size * count);
  if (text != nullptr && printed.find(text) != std::string_view::npos) {
    text = nullptr;
    std::raise(SIGSTOP);
  }
  return written;
}
