// Changes of a library, one after the other on a thread of their own.
#ifndef HASHLENS_APPS_SERVER_WRITER_QUEUE_H_
#define HASHLENS_APPS_SERVER_WRITER_QUEUE_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "hashlens/library.h"

namespace hashlens {

// The library is open for writing only while something is done, so that other programs can write,
// too. Thread-safe; calls end before it does.
class WriterQueue {
 public:
  using Work = std::function<Status(LibraryWriter*)>;
  using Ended = std::function<void(const Status&)>;

  WriterQueue(std::filesystem::path library, const OpenOptions& open, size_t most_waiting);
  // As Stop, and waits for what runs.
  ~WriterQueue();

  // Gives the work's status, once the library is closed again. kBusy when its turn does not come in
  // that time (it is then not done, and waits no more), when too much waits, and when another
  // program is writing.
  Status Do(const Work& work, std::chrono::milliseconds most);
  // `work` is called later. Then, with the library closed again, `ended` is called once, with the
  // status of the work or with why it was not called. False when too much waits: neither is called.
  bool Add(Work work, Ended ended);
  // What waits is refused, and what comes; what runs goes on.
  void Stop();

  size_t waiting() const;

 private:
  struct Task {
    uint64_t id = 0;
    Work work;
    Ended ended;
  };
  // Gives the task's id, 0 when too much waits; with the lock.
  uint64_t Push(Work work, Ended ended);
  void Loop();
  Status Run(const Work& work) const;

  const std::filesystem::path library_;
  const OpenOptions open_;
  const size_t most_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;  // for the thread: there is something to do
  std::condition_variable moved_;  // for those who wait in Do
  std::deque<Task> tasks_;         // that wait
  uint64_t last_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_WRITER_QUEUE_H_
