#include "server/memory.h"

#include <malloc.h>
#include <unistd.h>

#include <fstream>

namespace server {

uint64_t used_memory() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

uint64_t resident_memory() {
  std::ifstream statm("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace server
