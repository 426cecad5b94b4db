#pragma once

#include <cstdint>

namespace server {

uint64_t used_memory();      // bytes that the allocator has given out; resident ones where it can't tell
uint64_t resident_memory();  // bytes of this process that are in memory; 0 when the system doesn't tell

}  // namespace server
