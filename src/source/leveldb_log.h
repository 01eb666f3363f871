// LevelDB's log format, of its write-ahead logs and manifests. Internal to src/source.
#ifndef HASHLENS_SOURCE_LEVELDB_LOG_H_
#define HASHLENS_SOURCE_LEVELDB_LOG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/file.h"

namespace hashlens {

// LevelDB stores checksums changed, so that one of bytes that hold one is no accident.
bool LevelDbChecksumFits(ByteSpan bytes, uint32_t stored);

// Calls use(record) for each record in order; what it gives ends the reading unless ok. A record
// that a crash cut off at the file's end does not count. kCorruption for a damaged one before that.
Status ReadLevelDbLog(const Path& file, uint64_t max_bytes,
                      const std::function<Status(std::string_view record)>& use);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_LEVELDB_LOG_H_
