// Changes of a library, one after the other on a thread of their own.
#ifndef HASHLENS_APPS_SERVER_WRITER_QUEUE_H_
#define HASHLENS_APPS_SERVER_WRITER_QUEUE_H_

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>

#include "hashlens/library.h"

namespace hashlens {

// The library is open for writing only while something is done, so that other programs can write,
// too. Thread-safe.
class WriterQueue {
 public:
  using Work = std::function<Status(LibraryWriter*)>;

  WriterQueue(std::filesystem::path library, const OpenOptions& open, size_t most_waiting);
  // As Stop, and waits for what runs.
  ~WriterQueue();

  // Gives the work's status. kBusy when its turn does not come in that time (it is then not done),
  // when too much waits, and when another program is writing.
  Status Do(const Work& work, std::chrono::milliseconds most);
  // `work` is called later, or `refused` with why it cannot be. False when too much waits.
  bool Add(Work work, std::function<void(const Status&)> refused);
  // What waits is refused, and what comes; what runs goes on.
  void Stop();

  size_t waiting() const;

 private:
  struct Task {
    std::function<bool()> wanted;
    Work work;
    std::function<void(const Status&)> refused;
  };
  bool Push(Task task);
  void Loop();

  const std::filesystem::path library_;
  const OpenOptions open_;
  const size_t most_waiting_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Task> tasks_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_WRITER_QUEUE_H_
