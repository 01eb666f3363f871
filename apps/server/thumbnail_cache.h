// Thumbnails that were made lately.
#ifndef HASHLENS_APPS_SERVER_THUMBNAIL_CACHE_H_
#define HASHLENS_APPS_SERVER_THUMBNAIL_CACHE_H_

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace hashlens {

// Bounded in bytes; what was used longest ago goes first. Thread-safe.
class ThumbnailCache {
 public:
  using Bytes = std::shared_ptr<const std::string>;
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    uint64_t bytes = 0;
    uint64_t entries = 0;
  };

  explicit ThumbnailCache(uint64_t most_bytes) : most_bytes_(most_bytes) {}

  // nullptr when it is not there.
  Bytes Find(const std::string& key);
  // One that is larger than the cache is not kept.
  void Keep(const std::string& key, Bytes bytes);
  Counts counts() const;

 private:
  struct Entry {
    std::string key;
    Bytes bytes;
  };
  static uint64_t Cost(const Entry& entry) { return entry.bytes->size() + entry.key.size() + 128; }

  const uint64_t most_bytes_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // last used first
  std::map<std::string, std::list<Entry>::iterator> places_;
  Counts counts_;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_THUMBNAIL_CACHE_H_
