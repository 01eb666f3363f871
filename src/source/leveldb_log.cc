#include "source/leveldb_log.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/try.h"

namespace hashlens {
namespace {

constexpr size_t kBlockBytes = 32768;
constexpr size_t kHeaderBytes = 7;  // checksum, length, type
enum Type : uint8_t { kNothing = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

}  // namespace

bool LevelDbChecksumFits(ByteSpan bytes, uint32_t stored) {
  const uint32_t crc = Crc32c(bytes);
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8U == stored;
}

Status ReadLevelDbLog(const Path& path, uint64_t max_bytes,
                      const std::function<Status(std::string_view record)>& use) {
  HL_ASSIGN(const OpenedFile file, OpenRegularFile(path));
  const uint64_t size = file.stamp.size;
  if (size > max_bytes)
    return InvalidArgument(Printable(path) + ": " + std::to_string(size) +
                           " bytes, over the limit of " + std::to_string(max_bytes));
  const auto damaged = [&](uint64_t offset) {
    return Corruption(Printable(path) + ": damaged at offset " + std::to_string(offset));
  };
  std::vector<std::byte> block;
  std::string record;
  bool within = false;  // a record that goes on
  for (uint64_t start = 0; start < size; start += kBlockBytes) {
    block.resize(std::min<uint64_t>(kBlockBytes, size - start));
    HL_TRY(file.ReadAt(start, block));
    for (size_t at = 0; at + kHeaderBytes <= block.size();) {
      const size_t length = LoadLittleEndian<uint16_t>(block.data() + at + 4);
      const auto type = static_cast<uint8_t>(block[at + 6]);
      if (type == kNothing && length == 0) break;  // room that was never written to
      if (kHeaderBytes + length > block.size() - at) {
        if (start + block.size() == size) return {};  // cut off
        return damaged(start + at);
      }
      const ByteSpan checked = ByteSpan(block).subspan(at + 6, 1 + length);
      if (!LevelDbChecksumFits(checked, LoadLittleEndian<uint32_t>(block.data() + at)))
        return damaged(start + at);
      const bool begins = type == kFull || type == kFirst;
      const bool ends = type == kFull || type == kLast;
      if (type > kLast || begins == within) return damaged(start + at);
      if (begins) record.clear();
      record.append(reinterpret_cast<const char*>(checked.data()) + 1, length);
      within = !ends;
      if (ends) HL_TRY(use(record));
      at += kHeaderBytes + length;
    }
  }
  return {};
}

}  // namespace hashlens
