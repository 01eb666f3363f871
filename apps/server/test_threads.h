// Threads that begin together, for tests.
#ifndef HASHLENS_APPS_SERVER_TEST_THREADS_H_
#define HASHLENS_APPS_SERVER_TEST_THREADS_H_

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <latch>
#include <thread>
#include <vector>

namespace hashlens {

// Longer than any test takes: a wait that ends by time is a failure.
inline constexpr std::chrono::milliseconds kForever{std::chrono::minutes{5}};

// Runs work(0) to work(count - 1) at the same time, and waits for all.
inline void RunTogether(size_t count, const std::function<void(size_t)>& work) {
  std::latch start(static_cast<std::ptrdiff_t>(count));
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
}

// Returns once the condition, which another thread brings about, is true. After kForever it fails
// the test.
inline void Until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kForever;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "what was waited for did not happen";
      return;
    }
    std::this_thread::yield();
  }
}

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_TEST_THREADS_H_
