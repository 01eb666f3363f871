#include "image/plain_headers.h"

#include <cstdint>
#include <cstring>

namespace hashlens {

Status CheckPngChunks(ByteSpan file) {
  constexpr size_t kSignatureBytes = 8, kAround = 12;  // length, type, checksum
  for (size_t at = kSignatureBytes; file.size() - at >= kAround;) {
    const auto length = LoadBigEndian<uint32_t>(file.data() + at);
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
