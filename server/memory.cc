#include "server/memory.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace server {

uint64_t used_memory() {
  const auto info = ::mallinfo2();
  const uint64_t used = info.uordblks + info.hblkhd;
  return used == 0 ? resident_memory() : used;  // 0: the allocator is another one than glibc's
}

uint64_t resident_memory() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace server
