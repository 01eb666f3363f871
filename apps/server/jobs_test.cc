// Jobs that many threads change, watch, cancel and forget.
#include "apps/server/jobs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <optional>
#include <semaphore>
#include <set>
#include <stop_token>
#include <thread>
#include <vector>

#include "apps/server/test_threads.h"

namespace hashlens {
namespace {

constexpr size_t kMostEnded = 300;  // that are kept

void CountUp(Job* job) { ++job->done; }

void End(JobBoard* board, uint64_t id) {
  board->Change(id, [](Job* job) { job->state = JobState::kDone; });
}

TEST(JobBoardThreads, WaitForWakesAtEachChange) {
  constexpr uint64_t kChanges = 300;
  JobBoard board;
  const Job job = board.Add("photos");
  std::binary_semaphore seen(1);
  const std::jthread changer([&] {
    for (uint64_t i = 0; i < kChanges; ++i) {
      seen.acquire();
      board.Change(job.id, CountUp);
    }
  });
  uint64_t version = job.version;
  for (uint64_t i = 1; i <= kChanges; ++i) {
    const auto changed = board.WaitFor(job.id, version, kForever);
    ASSERT_TRUE(changed);
    EXPECT_EQ(changed->version, job.version + i);
    EXPECT_EQ(changed->done, i);
    version = changed->version;
    seen.release();
  }
}

TEST(JobBoardThreads, VersionsOnlyGoUp) {
  constexpr size_t kChangers = 3;
  constexpr size_t kWatchers = 3;
  constexpr uint64_t kChanges = 300;
  JobBoard board;
  const Job job = board.Add("photos");
  RunTogether(kChangers + kWatchers, [&](size_t thread) {
    if (thread < kChangers) {
      for (uint64_t i = 0; i < kChanges; ++i) board.Change(job.id, CountUp);
      return;
    }
    for (uint64_t version = job.version; version < kChangers * kChanges;) {
      const auto changed = board.WaitFor(job.id, version, kForever);
      ASSERT_TRUE(changed);
      EXPECT_GT(changed->version, version);
      EXPECT_EQ(changed->done, changed->version - job.version) << "half a change";
      version = changed->version;
      EXPECT_GE(board.Find(job.id)->version, version);
    }
  });
  EXPECT_EQ(board.Find(job.id)->done, kChangers * kChanges);
}

// Ends when the job is asked to.
void RunUntilStopped(const std::stop_token& stop, std::latch* begun) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  begun->count_down();
  changed.wait(lock, stop, [] { return false; });
  EXPECT_TRUE(stop.stop_requested());
}

TEST(JobBoardThreads, CancelReachesWhatRuns) {
  constexpr size_t kJobs = 6;
  JobBoard board;
  std::atomic<int> ended{0};
  std::latch begun(kJobs);
  std::vector<Job> jobs;
  for (size_t i = 0; i < kJobs; ++i) jobs.push_back(board.Add("photos"));
  {
    std::vector<std::jthread> threads;
    for (const Job& job : jobs) {
      threads.emplace_back([&] {
        RunUntilStopped(job.stop.get_token(), &begun);
        board.Change(job.id, [](Job* changed) { changed->state = JobState::kCancelled; });
        ++ended;
      });
    }
    begun.wait();
    EXPECT_EQ(ended, 0);
    RunTogether(3, [&](size_t) { EXPECT_TRUE(board.Cancel(jobs[0].id)); });
    std::optional<Job> first = board.Find(jobs[0].id);
    while (!first->ended()) first = board.WaitFor(first->id, first->version, kForever);
    EXPECT_EQ(first->state, JobState::kCancelled);
    for (size_t i = 1; i < kJobs; ++i) EXPECT_FALSE(jobs[i].stop.stop_requested());
    EXPECT_FALSE(board.Cancel(99));
    board.CancelAll();
  }
  EXPECT_EQ(ended, static_cast<int>(kJobs));
}

TEST(JobBoardThreads, ForgettingKeepsWhatHasNotEnded) {
  constexpr size_t kThreads = 4;
  constexpr size_t kEach = 300;
  JobBoard board;
  std::mutex mutex;
  std::set<uint64_t> all;
  std::set<uint64_t> going;
  RunTogether(kThreads, [&](size_t thread) {
    for (size_t i = 0; i < kEach; ++i) {
      const Job job = board.Add("photos");
      EXPECT_TRUE(board.Find(job.id));
      const bool goes_on = i % 10 == thread;
      if (goes_on && i % 20 == thread)
        board.Change(job.id, [](Job* changed) { changed->state = JobState::kRunning; });
      if (!goes_on) End(&board, job.id);
      std::lock_guard lock(mutex);
      EXPECT_TRUE(all.insert(job.id).second);
      if (goes_on) going.insert(job.id);
    }
  });
  const Job last = board.Add("photos");
  EXPECT_EQ(last.id, kThreads * kEach + 1);
  for (const uint64_t id : going) EXPECT_TRUE(board.Find(id)) << id;
  EXPECT_EQ(board.All().size(), going.size() + kMostEnded + 1);
  EXPECT_FALSE(board.Find(*all.begin()) && board.Find(*all.begin())->ended());
  EXPECT_FALSE(board.WaitFor(last.id + 1, 0, kForever));
}

TEST(JobBoardThreads, ForgettingWakesThoseWhoWait) {
  for (int round = 0; round < 20; ++round) {
    JobBoard board;
    const Job forgotten = board.Add("photos");
    End(&board, forgotten.id);
    const uint64_t version = board.Find(forgotten.id)->version;
    for (size_t i = 0; i < kMostEnded; ++i) End(&board, board.Add("photos").id);
    ASSERT_TRUE(board.Find(forgotten.id));
    std::latch begun(1);
    const std::jthread waits([&] {
      begun.count_down();
      EXPECT_FALSE(board.WaitFor(forgotten.id, version, kForever));
    });
    begun.wait();
    board.Add("photos");
    EXPECT_FALSE(board.Find(forgotten.id));
  }
}

}  // namespace
}  // namespace hashlens
