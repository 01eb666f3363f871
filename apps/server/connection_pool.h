// A fixed number of threads for connections, and a bounded line of those that wait for one.
#ifndef HASHLENS_APPS_SERVER_CONNECTION_POOL_H_
#define HASHLENS_APPS_SERVER_CONNECTION_POOL_H_

#include <httplib.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace hashlens {

class ConnectionPool : public httplib::TaskQueue {
 public:
  ConnectionPool(int threads, size_t most_waiting, std::atomic<size_t>* waiting)
      : most_waiting_(most_waiting), waiting_(waiting) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  }

  // void or bool, depending on the version of the HTTP library; true: the task is taken.
  using Taken = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));

  // With the line full, `task` runs here and finds Refusing().
  Taken enqueue(std::function<void()> task) override {
    {
      std::lock_guard lock(mutex_);
      if (tasks_.size() < most_waiting_) {
        tasks_.push_back(std::move(task));
        waiting_->store(tasks_.size());
        ready_.notify_one();
        return Taken(true);
      }
    }
    Refusing() = true;
    task();
    Refusing() = false;
    return Taken(true);
  }

  // What waits and what runs is finished.
  void shutdown() override {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    ready_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  static bool& Refusing() {
    thread_local bool refusing = false;
    return refusing;
  }

 private:
  void Work() {
    for (;;) {
      std::function<void()> task;
      {
        std::unique_lock lock(mutex_);
        ready_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
        if (tasks_.empty()) return;
        task = std::move(tasks_.front());
        tasks_.pop_front();
        waiting_->store(tasks_.size());
      }
      task();
    }
  }

  const size_t most_waiting_;
  std::atomic<size_t>* waiting_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> tasks_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_CONNECTION_POOL_H_
