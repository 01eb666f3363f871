#include "base/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <limits>

namespace hashlens {

uint32_t Crc32c(ByteSpan bytes, uint32_t crc) {
  // ISA-L takes an int length and a pointer that is not const, though it only reads.
  constexpr size_t kLargestCall = std::numeric_limits<int>::max();
  uint32_t state = ~crc;
  while (!bytes.empty()) {
    const size_t count = std::min(bytes.size(), kLargestCall);
    auto* data = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
    state = crc32_iscsi(data, static_cast<int>(count), state);
    bytes = bytes.subspan(count);
  }
  return ~state;
}

}  // namespace hashlens
