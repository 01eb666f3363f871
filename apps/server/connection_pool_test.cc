// Tasks of connections: each runs once, on a thread of the pool or, with the line full, on the
// caller's.
#include "apps/server/connection_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>
#include <vector>

#include "apps/server/test_threads.h"

namespace hashlens {
namespace {

constexpr size_t kPoolThreads = 3;

// Counts how often each task ran, and how.
class Counter {
 public:
  explicit Counter(size_t tasks) : runs_(tasks), refused_(tasks) {}

  // A task for a thread that enqueues it.
  std::function<void()> Task(size_t i) {
    return [this, i, caller = std::this_thread::get_id()] {
      ++runs_[i];
      const bool refused = ConnectionPool::Refusing();
      if (refused) ++refused_[i];
      EXPECT_EQ(refused, std::this_thread::get_id() == caller);
    };
  }
  void ExpectOnceEach() const {
    for (size_t i = 0; i < runs_.size(); ++i) EXPECT_EQ(runs_[i], 1) << "task " << i;
  }
  int runs() const { return Sum(runs_); }
  int refused() const { return Sum(refused_); }

 private:
  static int Sum(const std::vector<std::atomic<int>>& counts) {
    int sum = 0;
    for (const std::atomic<int>& count : counts) sum += count;
    return sum;
  }

  std::vector<std::atomic<int>> runs_;
  std::vector<std::atomic<int>> refused_;
};

// Keeps all threads of a pool at work until it is released; outlives the pool.
class PoolAtWork {
 public:
  void Begin(ConnectionPool* pool, const std::atomic<size_t>& waiting) {
    for (size_t i = 0; i < kPoolThreads; ++i) {
      pool->enqueue([this] {
        EXPECT_FALSE(ConnectionPool::Refusing());
        begun_.arrive_and_wait();
        release_.wait();
      });
      Until([&] { return waiting == 0; });  // the line may be short
    }
    begun_.wait();
  }
  void Release() { release_.count_down(); }

 private:
  std::latch begun_{kPoolThreads};
  std::latch release_{1};
};

TEST(ConnectionPoolThreads, RunEachTaskOnce) {
  constexpr size_t kCallers = 4;
  constexpr size_t kEach = 500;
  for (const size_t most_waiting : {size_t{2}, kCallers * kEach}) {
    std::atomic<size_t> waiting{99};
    ConnectionPool pool(kPoolThreads, most_waiting, &waiting);
    Counter counter(kCallers * kEach);
    RunTogether(kCallers, [&](size_t caller) {
      for (size_t i = 0; i < kEach; ++i) {
        pool.enqueue(counter.Task(caller * kEach + i));
        EXPECT_FALSE(ConnectionPool::Refusing());
        EXPECT_LE(waiting, most_waiting);
      }
    });
    pool.shutdown();
    counter.ExpectOnceEach();
    EXPECT_EQ(waiting, 0U);
    if (most_waiting == kCallers * kEach) {
      EXPECT_EQ(counter.refused(), 0);
    }
  }
}

TEST(ConnectionPoolThreads, RefuseInTheCallerWhenTheLineIsFull) {
  constexpr size_t kMost = 4;
  constexpr size_t kCallers = 8;
  constexpr size_t kEach = 25;
  std::atomic<size_t> waiting{0};
  PoolAtWork at_work;
  ConnectionPool pool(kPoolThreads, kMost, &waiting);
  at_work.Begin(&pool, waiting);
  EXPECT_EQ(waiting, 0U);
  Counter first(kMost);
  for (size_t i = 0; i < kMost; ++i) {
    pool.enqueue(first.Task(i));
    EXPECT_EQ(waiting, i + 1);
  }
  Counter more(kCallers * kEach);
  RunTogether(kCallers, [&](size_t caller) {
    for (size_t i = 0; i < kEach; ++i) {
      pool.enqueue(more.Task(caller * kEach + i));
      EXPECT_FALSE(ConnectionPool::Refusing());
    }
  });
  more.ExpectOnceEach();
  EXPECT_EQ(more.refused(), static_cast<int>(kCallers * kEach));
  EXPECT_EQ(first.runs(), 0);
  EXPECT_EQ(waiting, kMost);
  at_work.Release();
  pool.shutdown();
  first.ExpectOnceEach();
  EXPECT_EQ(first.refused(), 0);
  EXPECT_EQ(waiting, 0U);
}

// Tasks that are put in the line while the pool is at work, and are found there by its end.
TEST(ConnectionPoolThreads, FinishAtTheEndWhatWaits) {
  constexpr size_t kTasks = 20;
  for (int round = 0; round < 50; ++round) {
    std::atomic<size_t> waiting{0};
    PoolAtWork at_work;
    ConnectionPool pool(kPoolThreads, kTasks, &waiting);
    at_work.Begin(&pool, waiting);
    Counter counter(kTasks);
    for (size_t i = 0; i < kTasks; ++i) pool.enqueue(counter.Task(i));
    EXPECT_EQ(counter.runs(), 0);
    const std::jthread other([&] { at_work.Release(); });
    pool.shutdown();
    counter.ExpectOnceEach();
    EXPECT_EQ(counter.refused(), 0);
  }
}

// A connection that is refused is one of its thread; the threads of the pool go on beside it.
TEST(ConnectionPoolThreads, RefusingIsOfOneThread) {
  std::atomic<size_t> waiting{0};
  PoolAtWork at_work;
  ConnectionPool pool(kPoolThreads, 1, &waiting);
  at_work.Begin(&pool, waiting);
  bool other_ran = false;
  pool.enqueue([&] {
    EXPECT_FALSE(ConnectionPool::Refusing());
    other_ran = true;
  });
  pool.enqueue([&] {
    EXPECT_TRUE(ConnectionPool::Refusing());
    at_work.Release();
    Until([&] { return waiting == 0; });  // the other one has begun, or has run
    EXPECT_TRUE(ConnectionPool::Refusing());
  });
  pool.shutdown();
  EXPECT_TRUE(other_ran);
}

}  // namespace
}  // namespace hashlens
