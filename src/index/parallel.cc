#include "index/parallel.h"

#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace hashlens {

void RunParallel(size_t threads, size_t count, const std::function<void(size_t)>& work) {
  std::atomic<size_t> next{0};
  const auto take = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::jthread> helpers;
  for (size_t t = 1; t < threads && t < count; ++t) {
    try {
      helpers.emplace_back(take);
    } catch (const std::system_error&) {
      break;  // no more threads to be had
    }
  }
  take();
}

}  // namespace hashlens
