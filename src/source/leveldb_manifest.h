// Which files a LevelDB is made of. Internal to src/source.
#ifndef HASHLENS_SOURCE_LEVELDB_MANIFEST_H_
#define HASHLENS_SOURCE_LEVELDB_MANIFEST_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"

namespace hashlens {

// What follows a key in LevelDB: when it was written, and whether it has a value or is deleted.
inline constexpr size_t kLevelDbTrailer = 8;
inline constexpr size_t kLevelDbLevels = 7;

struct LevelDbTableFile {
  uint64_t number = 0;
  std::string smallest;  // keys without what follows them
  std::string largest;
};

struct LevelDbManifest {
  // Level 0 in order of number; the others in order of keys, which do not overlap.
  std::array<std::vector<LevelDbTableFile>, kLevelDbLevels> levels;
  std::vector<uint64_t> logs;  // whose records are in no table yet, oldest first
};

// As CURRENT says. kCorruption; kUnsupported for what is no LevelDB, but a relative of it.
Result<LevelDbManifest> ReadLevelDbManifest(const Path& folder);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_LEVELDB_MANIFEST_H_
