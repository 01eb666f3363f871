// What LMDB and LevelDB are alike in: values by key, in order of keys. Internal to src/source.
#ifndef HASHLENS_SOURCE_KEY_VALUE_STORE_H_
#define HASHLENS_SOURCE_KEY_VALUE_STORE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

struct KeyValue {
  std::string key;
  std::string value;
  Status problem;  // not ok: why there is no value
};

// See RecordSource for order, threads and errors.
class KeyValueStore {
 public:
  virtual ~KeyValueStore() = default;
  virtual uint64_t size() const = 0;
  virtual Result<std::optional<KeyValue>> Next() = 0;
  // None when there is no such key.
  virtual Result<std::optional<KeyValue>> Get(std::string_view key) const = 0;
};

// A value of more than max_bytes is a problem of its record. Files are read, never mapped: one that
// shrinks meanwhile is an error.
Result<std::unique_ptr<KeyValueStore>> OpenLmdb(const Path& path, uint64_t max_bytes);
Result<std::unique_ptr<KeyValueStore>> OpenLevelDb(const Path& folder, uint64_t max_bytes);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_KEY_VALUE_STORE_H_
