#pragma once

#include <string>
#include <vector>

namespace server {

// Memory for buffers that are empty between two turns: whoever needs one borrows it, so that a connection
// that waits owns none. Each thread has its own.
class SpareBuffers {
 public:
  static SpareBuffers& of_this_thread() {
    static thread_local SpareBuffers buffers;
    return buffers;
  }

  // Gives memory to a buffer that is empty and has none of its own.
  void lend(std::string& buffer) {
    if (spare_.empty() || !buffer.empty() || owns_memory(buffer)) return;
    buffer.swap(spare_.back());
    spare_.pop_back();
  }

  // Empties the buffer and takes its memory back.
  void take_back(std::string& buffer) {
    buffer.clear();
    if (!owns_memory(buffer)) return;
    std::string memory;
    memory.swap(buffer);
    if (spare_.size() < kMost && memory.capacity() <= kLargest) spare_.push_back(std::move(memory));
  }

 private:
  static constexpr size_t kMost = 8;
  static constexpr size_t kLargest = 256 * 1024;

  static bool owns_memory(const std::string& buffer) { return buffer.capacity() > std::string().capacity(); }

  std::vector<std::string> spare_;
};

}  // namespace server
