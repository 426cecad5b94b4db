#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace base {

void for_each_in_parallel(size_t count, size_t threads,
                          const std::function<void(size_t index, size_t worker)>& action) {
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&](size_t worker) {
    for (size_t i = next++; i < count; i = next++) {
      try {
        action(i, worker);
      } catch (...) {
        const std::lock_guard guard(mutex);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::jthread> others;
  for (size_t worker = 1; worker < std::min(threads, count); ++worker) others.emplace_back(work, worker);
  work(0);
  others.clear();
  if (failure) std::rethrow_exception(failure);
}

size_t core_count() { return std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace base
