// A first-in first-out queue of limited length between threads.
#ifndef HASHLENS_BASE_BOUNDED_QUEUE_H_
#define HASHLENS_BASE_BOUNDED_QUEUE_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace hashlens {

// Thread-safe for any number of producers and consumers.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t capacity) : capacity_(capacity) {}

  // Waits for room. False when the queue was closed; the item is then dropped.
  bool Push(T item) {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }

  // Waits for an item. Empty when the queue was closed and all its items are taken.
  std::optional<T> Pop() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    room_.notify_one();
    return item;
  }

  void Close() {
    std::lock_guard lock(mutex_);
    CloseLocked();
  }

  // Closes it and drops the items that are in it.
  void Abandon() {
    std::deque<T> dropped;  // destroyed without the lock
    std::lock_guard lock(mutex_);
    dropped.swap(items_);
    CloseLocked();
  }

 private:
  void CloseLocked() {
    closed_ = true;
    filled_.notify_all();
    room_.notify_all();
  }

  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable filled_;
  std::deque<T> items_;
  bool closed_ = false;
};

}  // namespace hashlens

#endif  // HASHLENS_BASE_BOUNDED_QUEUE_H_
