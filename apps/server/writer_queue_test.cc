// Changes that several threads ask for, and what becomes of those that wait.
#include "apps/server/writer_queue.h"

#include <atomic>
#include <latch>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "apps/server/test_library.h"
#include "apps/server/test_threads.h"

namespace hashlens {
namespace {

constexpr std::chrono::milliseconds kNoTime{0};

Status Nothing(LibraryWriter*) { return {}; }
void NotCalled(const Status& status) { ADD_FAILURE() << status.message(); }

// Holds the queue's thread while it lives.
class Occupied {
 public:
  explicit Occupied(WriterQueue* queue) {
    const auto work = [state = state_](LibraryWriter*) -> Status {
      state->runs.count_down();
      state->release.wait();
      return {};
    };
    const bool taken = queue->Add(work, [](const Status& status) { EXPECT_TRUE(status.ok()); });
    EXPECT_TRUE(taken);
    if (taken) state_->runs.wait();
  }
  ~Occupied() { state_->release.count_down(); }

 private:
  struct State {
    std::latch runs{1};
    std::latch release{1};
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

class WriterQueueThreads : public ServedLibraryTest {
 protected:
  // Fails while something has the library open for writing.
  bool Closed() const { return LibraryWriter::Open(library(), open()).ok(); }
};

TEST_F(WriterQueueThreads, OneAfterTheOtherInOrder) {
  constexpr size_t kThreads = 4;
  constexpr size_t kEach = 12;
  std::vector<std::vector<size_t>> done(kThreads);  // without a lock: one at a time
  std::vector<size_t> ended(kThreads);
  std::atomic<int> inside{0};
  std::optional<WriterQueue> queue(std::in_place, library(), open(), kThreads * kEach + 1);
  const auto work = [&](size_t thread, size_t i) {
    EXPECT_EQ(++inside, 1);
    done[thread].push_back(i);
    --inside;
  };
  RunTogether(kThreads, [&](size_t thread) {
    for (size_t i = 0; i < kEach; ++i) {
      const auto change = [&work, thread, i](LibraryWriter* writer) -> Status {
        EXPECT_NE(writer, nullptr);
        work(thread, i);
        return {};
      };
      if (i % 3 == 0) {
        const Status status = queue->Do(change, kForever);
        EXPECT_TRUE(status.ok()) << status.message();
        EXPECT_EQ(done[thread].size(), i + 1);  // all that this thread asked for before, too
      } else {
        EXPECT_TRUE(queue->Add(change, [&ended, thread](const Status& status) {
          EXPECT_TRUE(status.ok()) << status.message();
          ++ended[thread];
        }));
      }
    }
    EXPECT_TRUE(queue->Do(Nothing, kForever).ok());  // behind all of its own
  });
  queue.reset();
  for (size_t thread = 0; thread < kThreads; ++thread) {
    std::vector<size_t> expected(kEach);
    for (size_t i = 0; i < kEach; ++i) expected[i] = i;
    EXPECT_EQ(done[thread], expected);
    EXPECT_EQ(ended[thread], kEach - kEach / 3);
  }
}

TEST_F(WriterQueueThreads, ChangesOfAllThreadsAreInTheLibrary) {
  constexpr uint64_t kImages = 12;
  WriterQueue queue(library(), open(), 64);
  ASSERT_TRUE(
      queue.Do([](LibraryWriter* writer) { return AddImages(writer, "x", kImages); }, kForever)
          .ok());
  RunTogether(kImages, [&](size_t thread) {
    ImageSelection image;
    image.ids = {thread + 1};
    TagChange change;
    change.add = {{"thread", std::to_string(thread)}, {"label", "same"}};
    uint64_t changed = 0;
    const auto tag = [&](LibraryWriter* writer) {
      const auto result = writer->ChangeTags(image, change);
      if (result.ok()) changed = *result;
      return result.status();
    };
    const Status status = queue.Do(tag, kForever);
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_EQ(changed, 1U);
  });
  const auto read = Library::Open(library(), open());
  ASSERT_TRUE(read.ok());
  const auto tags = read->TagCounts();
  ASSERT_TRUE(tags.ok());
  ASSERT_EQ(tags->size(), kImages + 1);
  EXPECT_EQ(tags->front().tag, Tag("label", "same"));
  EXPECT_EQ(tags->front().images, kImages);
}

TEST_F(WriterQueueThreads, RefusesWhenTooMuchWaits) {
  constexpr size_t kMost = 5;
  std::atomic<size_t> taken{0};
  std::atomic<size_t> refused{0};
  std::atomic<size_t> done{0};
  {
    WriterQueue queue(library(), open(), kMost);
    Occupied occupied(&queue);
    const auto work = [&](LibraryWriter*) -> Status {
      ++done;
      return {};
    };
    RunTogether(8, [&](size_t) {
      for (int i = 0; i < 3; ++i) ++(queue.Add(work, [](const Status&) {}) ? taken : refused);
    });
    EXPECT_EQ(taken, kMost);
    EXPECT_EQ(refused, 8 * 3 - kMost);
    EXPECT_EQ(queue.waiting(), kMost);
    EXPECT_EQ(queue.Do(Nothing, kForever).code(), StatusCode::kBusy);
    EXPECT_FALSE(queue.Add(Nothing, NotCalled));
    EXPECT_EQ(done, 0U);
    queue.Stop();
  }
  EXPECT_EQ(done, 0U);
}

TEST_F(WriterQueueThreads, WhatWasGivenUpIsNotDone) {
  constexpr size_t kMost = 2;
  WriterQueue queue(library(), open(), kMost);
  std::atomic<int> done{0};
  const auto work = [&](LibraryWriter*) -> Status {
    ++done;
    return {};
  };
  {
    const Occupied occupied(&queue);
    RunTogether(8, [&](size_t) { EXPECT_EQ(queue.Do(work, kNoTime).code(), StatusCode::kBusy); });
    // It takes no room either.
    EXPECT_EQ(queue.waiting(), 0U);
    for (size_t i = 0; i < kMost; ++i) EXPECT_TRUE(queue.Add(Nothing, [](const Status&) {}));
  }
  Until([&] { return queue.waiting() == 0; });
  EXPECT_TRUE(queue.Do(Nothing, kForever).ok());
  EXPECT_EQ(done, 0);
  EXPECT_TRUE(queue.Do(work, kForever).ok());
  EXPECT_EQ(done, 1);
}

TEST_F(WriterQueueThreads, StopRefusesWhatWaits) {
  constexpr size_t kWaiting = 3;
  std::vector<StatusCode> ended;  // on the queue's thread alone
  std::atomic<int> done{0};
  const auto work = [&](LibraryWriter*) -> Status {
    ++done;
    return {};
  };
  std::optional<WriterQueue> queue(std::in_place, library(), open(), 16);
  std::optional<Occupied> occupied(&*queue);  // is not refused
  for (size_t i = 0; i < kWaiting; ++i)
    EXPECT_TRUE(queue->Add(work, [&](const Status& status) { ended.push_back(status.code()); }));
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < kWaiting; ++i) {
      threads.emplace_back(
          [&] { EXPECT_EQ(queue->Do(work, kForever).code(), StatusCode::kCancelled); });
    }
    Until([&] { return queue->waiting() == 2 * kWaiting; });
    queue->Stop();
    EXPECT_FALSE(queue->Add(work, NotCalled));
    EXPECT_EQ(queue->Do(work, kForever).code(), StatusCode::kBusy);
    occupied.reset();
  }
  queue.reset();
  EXPECT_EQ(ended, std::vector<StatusCode>(kWaiting, StatusCode::kCancelled));
  EXPECT_EQ(done, 0);
}

TEST_F(WriterQueueThreads, ItsEndWaitsForWhatRuns) {
  for (int round = 0; round < 10; ++round) {
    bool finished = false;  // without a lock: the end comes after it
    int ended = 0;
    std::latch runs(1);
    std::latch release(1);
    std::optional<WriterQueue> queue(std::in_place, library(), open(), 16);
    ASSERT_TRUE(queue->Add(
        [&](LibraryWriter*) -> Status {
          runs.count_down();
          release.wait();
          finished = true;
          return {};
        },
        [&](const Status& status) { ended += status.ok() ? 1 : 100; }));
    ASSERT_TRUE(queue->Add(Nothing, [&](const Status&) { ++ended; }));
    runs.wait();
    const std::jthread other([&] { release.count_down(); });
    queue.reset();
    EXPECT_TRUE(finished);
    EXPECT_EQ(ended, 2);
  }
}

TEST_F(WriterQueueThreads, TheLibraryIsClosedWhenTheEndIsTold) {
  WriterQueue queue(library(), open(), 16);
  const auto fail = [](LibraryWriter*) { return NotFound("nothing there"); };
  const auto expect_closed = [&](const Status&) { EXPECT_TRUE(Closed()); };
  EXPECT_TRUE(queue.Add(Nothing, expect_closed));
  EXPECT_TRUE(queue.Add(fail, expect_closed));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(queue.Do(Nothing, kForever).ok());
    EXPECT_TRUE(Closed());
    EXPECT_EQ(queue.Do(fail, kForever).code(), StatusCode::kNotFound);
    EXPECT_TRUE(Closed());
  }
}

TEST_F(WriterQueueThreads, FailuresEndNothingElse) {
  WriterQueue queue(library(), open(), 16);
  const auto fail = [](LibraryWriter*) -> Status { throw std::bad_alloc(); };
  EXPECT_EQ(queue.Do(fail, kForever).code(), StatusCode::kIoError);
  {
    const auto other = LibraryWriter::Open(library(), open());
    ASSERT_TRUE(other.ok());
    const auto work = [](LibraryWriter*) -> Status {
      ADD_FAILURE() << "two writers";
      return {};
    };
    RunTogether(4, [&](size_t) { EXPECT_EQ(queue.Do(work, kForever).code(), StatusCode::kBusy); });
  }
  EXPECT_TRUE(queue.Do(Nothing, kForever).ok());
}

}  // namespace
}  // namespace hashlens
