#include "hash/parallel.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace hashlens {

void ParallelFor(size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  const auto run = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  const size_t threads = std::min<size_t>(count, std::max(1u, std::thread::hardware_concurrency()));
  std::vector<std::jthread> helpers;
  helpers.reserve(threads);
  while (helpers.size() + 1 < threads) {
    try {
      helpers.emplace_back(run);
    } catch (const std::system_error&) {
      break;  // the system gives no more threads: those there are do the work
    }
  }
  run();
}

}  // namespace hashlens
