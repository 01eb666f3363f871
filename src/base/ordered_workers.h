// Work on several threads whose outcomes come back in the order of the items.
#ifndef HASHLENS_BASE_ORDERED_WORKERS_H_
#define HASHLENS_BASE_ORDERED_WORKERS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"

namespace hashlens {

// Belongs to one thread, which gives items and takes outcomes. At most `capacity` items are inside,
// so that neither queue ever makes anyone wait for room. At the end, items that no thread has begun
// are dropped, and so are outcomes; it waits only for the items that are being worked on.
template <typename Item, typename Outcome>
class OrderedWorkers {
 public:
  // work(place, item) runs on the thread of that place, 0 to threads - 1; it must not throw. Where
  // the system grants fewer threads, those do the work; without any, this throws.
  // max_bytes: no item is given while items and outcomes inside have as much, by what Give was
  // told.
  OrderedWorkers(int threads, size_t capacity, std::function<Outcome(size_t, Item)> work,
                 uint64_t max_bytes = std::numeric_limits<uint64_t>::max())
      : capacity_(capacity),
        max_bytes_(max_bytes),
        work_(std::move(work)),
        items_(capacity),
        done_(capacity) {
    try {
      for (int i = 0; i < threads; ++i)
        threads_.emplace_back([this, place = static_cast<size_t>(i)] { Run(place); });
    } catch (...) {
      if (threads_.empty()) throw;
    }
  }
  ~OrderedWorkers() { Drop(); }
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  uint64_t given() const { return given_; }
  uint64_t taken() const { return taken_; }
  bool empty() const { return given_ == taken_; }
  bool has_room() const {
    return empty() || (given_ - taken_ < capacity_ && bytes_inside_ < max_bytes_);
  }

  // Drops everything inside without waiting for it. Nothing is given or taken afterwards.
  void Drop() {
    items_.Abandon();
    done_.Abandon();
  }

  // Only when has_room(). bytes: of the item and of what will be made of it.
  void Give(Item item, uint64_t bytes = 0) {
    bytes_.push_back(bytes);
    bytes_inside_ += bytes;
    items_.Push({given_++, std::move(item)});
  }
  // Waits for the outcome of the first item that was not taken. Only when not empty().
  Outcome Take() {
    auto first = early_.find(taken_);
    while (first == early_.end()) {
      Numbered<Outcome> outcome = std::move(*done_.Pop());
      early_.emplace(outcome.number, std::move(outcome.value));
      first = early_.find(taken_);
    }
    Outcome outcome = std::move(first->second);
    early_.erase(first);
    bytes_inside_ -= bytes_.front();
    bytes_.pop_front();
    ++taken_;
    return outcome;
  }

 private:
  template <typename T>
  struct Numbered {
    uint64_t number;
    T value;
  };

  void Run(size_t place) {
    while (auto item = items_.Pop())
      done_.Push({item->number, work_(place, std::move(item->value))});
  }

  const size_t capacity_;
  const uint64_t max_bytes_;
  const std::function<Outcome(size_t, Item)> work_;
  BoundedQueue<Numbered<Item>> items_;
  BoundedQueue<Numbered<Outcome>> done_;
  uint64_t given_ = 0;
  uint64_t taken_ = 0;
  std::deque<uint64_t> bytes_;         // of each item inside, in order
  uint64_t bytes_inside_ = 0;          // their sum
  std::map<uint64_t, Outcome> early_;  // finished before one that comes earlier
  std::vector<std::jthread> threads_;  // last: joined before the queues go
};

}  // namespace hashlens

#endif  // HASHLENS_BASE_ORDERED_WORKERS_H_
