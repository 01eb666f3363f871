// The codes and image ids of one segment. See docs/FORMAT.md.
#ifndef HASHLENS_STORE_CODE_FILE_H_
#define HASHLENS_STORE_CODE_FILE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

// The ids come behind it, then the codes.
inline constexpr size_t kCodeFileHeaderBytes = 64;

struct SegmentCodes {
  int bits = 0;
  std::vector<uint64_t> ids;   // strictly ascending, one a row
  std::vector<uint8_t> codes;  // rows x CodeBytes(bits), packed as base/code.h says
};

// Writes the file whole and syncs it. `path` must not exist yet under a committed name.
Status WriteCodeFile(const Path& path, const SegmentCodes& segment);

// The size of a file of that many codes.
uint64_t CodeFileBytes(uint64_t rows, int bits);

// Reads and checks the whole file: kCorruption names the file and what is wrong.
Result<SegmentCodes> ReadCodeFile(const Path& path);

}  // namespace hashlens

#endif  // HASHLENS_STORE_CODE_FILE_H_
