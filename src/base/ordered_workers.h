// Work on several threads whose outcomes come back in the order of the items.
#ifndef HASHLENS_BASE_ORDERED_WORKERS_H_
#define HASHLENS_BASE_ORDERED_WORKERS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"

namespace hashlens {

// Belongs to one thread, which gives items and takes outcomes. At most `capacity` items are inside,
// so that neither queue ever makes anyone wait for room. What is inside at the end is dropped.
template <typename Item, typename Outcome>
class OrderedWorkers {
 public:
  // work(place, item) runs on the thread of that place, 0 to threads - 1; it must not throw. Where
  // the system grants fewer threads, those do the work; without any, this throws.
  OrderedWorkers(int threads, size_t capacity, std::function<Outcome(size_t, Item)> work)
      : capacity_(capacity), work_(std::move(work)), items_(capacity), done_(capacity) {
    try {
      for (int i = 0; i < threads; ++i)
        threads_.emplace_back([this, place = static_cast<size_t>(i)] { Run(place); });
    } catch (...) {
      if (threads_.empty()) throw;
    }
  }
  ~OrderedWorkers() {
    items_.Close();
    done_.Close();
  }
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  uint64_t given() const { return given_; }
  uint64_t taken() const { return taken_; }
  bool empty() const { return given_ == taken_; }
  bool has_room() const { return given_ - taken_ < capacity_; }

  // Only when has_room().
  void Give(Item item) { items_.Push({given_++, std::move(item)}); }
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
  const std::function<Outcome(size_t, Item)> work_;
  BoundedQueue<Numbered<Item>> items_;
  BoundedQueue<Numbered<Outcome>> done_;
  uint64_t given_ = 0;
  uint64_t taken_ = 0;
  std::map<uint64_t, Outcome> early_;  // finished before one that comes earlier
  std::vector<std::jthread> threads_;  // last: joined before the queues go
};

}  // namespace hashlens

#endif  // HASHLENS_BASE_ORDERED_WORKERS_H_
