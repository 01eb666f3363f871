#include "decode/ico_reader.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace hashlens {

Result<IconPicture> LargestOfIcon(ByteSpan file) {
  constexpr size_t kHeaderBytes = 6, kEntryBytes = 16;
  if (file.size() < kHeaderBytes + kEntryBytes) return Corruption("the file ends in its header");
  const bool cursor = LoadLittleEndian<uint16_t>(file.data() + 2) == 2;
  const size_t count = LoadLittleEndian<uint16_t>(file.data() + 4);
  ByteSpan best;
  std::tuple<unsigned, unsigned, unsigned> best_rank, missing_rank;
  for (size_t i = 0; i < count; ++i) {
    const size_t entry = kHeaderBytes + i * kEntryBytes;
    if (entry + kEntryBytes > file.size()) break;
    const std::byte* const at = file.data() + entry;
    const auto side = [&](size_t offset) {  // 0 stands for 256
      const auto stated = std::to_integer<unsigned>(at[offset]);
      return stated == 0 ? 256U : stated;
    };
    const size_t bytes = LoadLittleEndian<uint32_t>(at + 8);
    const size_t start = LoadLittleEndian<uint32_t>(at + 12);
    const unsigned bits = cursor ? 0 : LoadLittleEndian<uint16_t>(at + 6);
    const std::tuple rank(side(0) * side(1), bits, 1U);
    if (bytes == 0 || start > file.size() || bytes > file.size() - start) {
      missing_rank = std::max(missing_rank, rank);
      continue;
    }
    if (rank > best_rank) {
      best_rank = rank;
      best = file.subspan(start, bytes);
    }
  }
  if (best.empty()) return Corruption("no picture lies within the file");
  return IconPicture{best, missing_rank > best_rank};
}

}  // namespace hashlens
