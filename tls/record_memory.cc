#include "tls/record_memory.h"

#include <malloc.h>
#include <openssl/crypto.h>

#include <array>
#include <cstdlib>

namespace tls {
namespace {

// Whatever OpenSSL adds to the largest record (RFC 8446, 5.2), with room for the header and alignment.
constexpr size_t kSmallest = size_t{16} << 10;
constexpr size_t kSize = size_t{18} << 10;
constexpr size_t kSlack = 64;  // that malloc may add

// One to read and one to write for each of a few sessions at once.
class SpareBuffers {
 public:
  ~SpareBuffers() {
    while (void* buffer = take()) std::free(buffer);
    is_closed_ = true;
  }

  void* take() { return count_ == 0 ? nullptr : buffers_[--count_]; }

  bool give(void* buffer) {
    if (count_ == buffers_.size() || is_closed_) return false;
    buffers_[count_++] = buffer;
    return true;
  }

 private:
  std::array<void*, 8> buffers_{};
  size_t count_ = 0;
  bool is_closed_ = false;  // the thread ends, and others of its objects may come later
};

thread_local SpareBuffers spare_buffers;

void* allocate(size_t size, const char* /*file*/, int /*line*/) {
  if (size == 0) return nullptr;
  if (size <= kSmallest || size > kSize) return std::malloc(size);
  void* spare = spare_buffers.take();
  return spare != nullptr ? spare : std::malloc(kSize);
}

void release(void* memory, const char* /*file*/, int /*line*/) {
  if (memory == nullptr) return;
  const size_t size = ::malloc_usable_size(memory);
  const bool is_record_buffer = size >= kSize && size < kSize + kSlack;
  if (!is_record_buffer || !spare_buffers.give(memory)) std::free(memory);
}

void* reallocate(void* old, size_t size, const char* file, int line) {
  if (old == nullptr) return allocate(size, file, line);
  if (size != 0) return std::realloc(old, size);
  release(old, file, line);
  return nullptr;
}

}  // namespace

bool keep_record_buffers() { return CRYPTO_set_mem_functions(allocate, reallocate, release) == 1; }

}  // namespace tls
