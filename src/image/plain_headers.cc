#include "image/plain_headers.h"

#include <cstdint>
#include <cstring>

namespace hashlens {

Status CheckPngChunks(ByteSpan file) {
  constexpr size_t kSignatureBytes = 8, kAround = 12;  // length, type, checksum
  const auto byte = [&](size_t at) { return std::to_integer<uint32_t>(file[at]); };
  for (size_t at = kSignatureBytes; file.size() - at >= kAround;) {
    const uint32_t length = byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
    const auto is = [&](const char* type) {
      return std::memcmp(file.data() + at + 4, type, 4) == 0;
    };
    if (is("IEND")) return {};
    if (length > file.size() - at - kAround) {
      if (is("IDAT")) return {};
      return Corruption("broken png: the file ends before the picture does");
    }
    at += kAround + length;
  }
  return {};
}

}  // namespace hashlens
