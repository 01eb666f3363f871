// What the files of hash heads, classifiers and reductions have in common: magic, version, numbers,
// checksum.
#ifndef HASHLENS_HASH_NUMBERS_FILE_H_
#define HASHLENS_HASH_NUMBERS_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

struct NumbersFileKind {
  std::string_view magic;
  std::string_view name;  // as messages call it
  uint32_t version;       // the newest
};

// The beginning of a file, for its fields and numbers to be appended to.
std::string BeginNumbersFile(const NumbersFileKind& kind);
void PutFloats(std::string* out, const std::vector<float>& values);
// Appends the checksum, which is the end.
void EndNumbersFile(std::string* out);

// What lies between version and checksum; all versions have these in the same places. kCorruption;
// kUnsupported for a newer version.
Result<ByteSpan> NumbersFileBody(const NumbersFileKind& kind, ByteSpan bytes);
// kCorruption unless `bytes` are exactly `count` floats.
Status ExpectFloats(const NumbersFileKind& kind, ByteSpan bytes, uint64_t count);
// `bytes` holds count floats at least; takes them off the front. kCorruption for one that is not
// finite; the message calls it `what`.
Status TakeFloats(const NumbersFileKind& kind, std::string_view what, size_t count, ByteSpan* bytes,
                  std::vector<float>* values);

}  // namespace hashlens

#endif  // HASHLENS_HASH_NUMBERS_FILE_H_
