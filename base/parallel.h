#pragma once

#include <cstddef>
#include <functional>

namespace base {

// Runs the action for each index below `count` on this many threads, in no order. The first exception is
// thrown when all have ended. `worker` is below `threads`, and one thread's alone.
void for_each_in_parallel(size_t count, size_t threads,
                          const std::function<void(size_t index, size_t worker)>& action);

// How many threads keep all cores busy.
size_t core_count();

}  // namespace base
