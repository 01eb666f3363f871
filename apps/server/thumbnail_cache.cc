#include "apps/server/thumbnail_cache.h"

#include <utility>

namespace hashlens {

ThumbnailCache::Bytes ThumbnailCache::Find(const std::string& key) {
  std::lock_guard lock(mutex_);
  const auto found = places_.find(key);
  ++(found == places_.end() ? counts_.misses : counts_.hits);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return entries_.front().bytes;
}

void ThumbnailCache::Keep(const std::string& key, Bytes bytes) {
  std::lock_guard lock(mutex_);
  if (places_.contains(key)) return;
  Entry entry{key, std::move(bytes)};
  if (Cost(entry) > most_bytes_) return;
  entries_.push_front(std::move(entry));
  places_[key] = entries_.begin();
  counts_.bytes += Cost(entries_.front());
  while (counts_.bytes > most_bytes_) {
    counts_.bytes -= Cost(entries_.back());
    places_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

ThumbnailCache::Counts ThumbnailCache::counts() const {
  std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.entries = entries_.size();
  return counts;
}

}  // namespace hashlens
