#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/cores.h"

namespace hashlens {

void RunParallel(size_t threads, size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto take = [&] {
    try {
      for (size_t i = next++; i < count; i = next++) work(i);
    } catch (...) {
      std::lock_guard lock(mutex);
      failure = std::current_exception();
      next = count;  // the rest is not worth beginning
    }
  };
  std::vector<std::jthread> helpers;
  for (size_t t = 1; t < threads && t < count; ++t) {
    try {
      helpers.emplace_back(take);
    } catch (const std::exception&) {
      break;  // no more threads, or memory for them, to be had
    }
  }
  take();
  helpers.clear();
  if (failure) std::rethrow_exception(failure);
}

void ParallelFor(size_t count, const std::function<void(size_t)>& work) {
  RunParallel(static_cast<size_t>(UsableCores()), count, work);
}

}  // namespace hashlens
