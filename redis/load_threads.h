#pragma once

#include <functional>

#include "redis/load.h"

namespace redis {

// Runs each part of a load on a thread of its own and tells what they did together.
LoadResult run_on_threads(size_t threads, const std::function<LoadResult(size_t index)>& part);

}  // namespace redis
