#include "redis/load_threads.h"

#include <ctime>
#include <vector>

#include "base/parallel.h"

namespace redis {
namespace {

std::chrono::nanoseconds own_cpu_until_now() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

LoadResult run_on_threads(size_t threads, const std::function<LoadResult(size_t index)>& part) {
  std::vector<LoadResult> results(threads);
  const auto began = std::chrono::steady_clock::now();
  const auto cpu = own_cpu_until_now();
  base::for_each_in_parallel(threads, threads, [&](size_t i, size_t) { results[i] = part(i); });
  LoadResult total;
  total.time = std::chrono::steady_clock::now() - began;
  total.own_cpu = own_cpu_until_now() - cpu;
  for (const LoadResult& result : results) {
    total.count += result.count;
    total.latencies.add(result.latencies);
  }
  return total;
}

}  // namespace redis
