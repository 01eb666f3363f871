#include "decode/first_frame.h"

#include <cstring>

namespace hashlens {
namespace {

unsigned Byte(ByteSpan file, size_t at) { return std::to_integer<unsigned>(file[at]); }
int U16(ByteSpan file, size_t at) { return LoadLittleEndian<uint16_t>(file.data() + at); }
int U24(ByteSpan file, size_t at) {
  return U16(file, at) | static_cast<int>(Byte(file, at + 2) << 16);
}

// GIF89a specification, 17 to 20: extensions and the first image descriptor.
std::optional<FrameBox> InGif(ByteSpan file) {
  if (file.size() < 13) return std::nullopt;
  size_t at = 13;
  if ((Byte(file, 10) & 0x80) != 0) at += size_t{3} << ((Byte(file, 10) & 7) + 1);
  while (at < file.size() && Byte(file, at) == 0x21) {
    at += 2;  // sub-blocks follow, the last one empty
    while (at < file.size() && Byte(file, at) != 0) at += 1 + Byte(file, at);
    ++at;
  }
  if (at + 9 > file.size() || Byte(file, at) != 0x2c) return std::nullopt;
  return FrameBox{U16(file, at + 1), U16(file, at + 3), U16(file, at + 5), U16(file, at + 7)};
}

// WebP container specification, ANMF: places are halved, sizes are one less.
std::optional<FrameBox> InWebp(ByteSpan file) {
  for (size_t at = 12; at + 8 + 12 <= file.size();) {
    const size_t length = LoadLittleEndian<uint32_t>(file.data() + at + 4);
    if (std::memcmp(file.data() + at, "ANMF", 4) == 0) {
      return FrameBox{2 * U24(file, at + 8), 2 * U24(file, at + 11), U24(file, at + 14) + 1,
                      U24(file, at + 17) + 1};
    }
    if (length > file.size() - at - 8) return std::nullopt;
    at += 8 + length + length % 2;
  }
  return std::nullopt;
}

}  // namespace

std::optional<FrameBox> FirstFrame(ByteSpan file, ImageFormat format) {
  if (format == ImageFormat::kGif) return InGif(file);
  if (format == ImageFormat::kWebp) return InWebp(file);
  return std::nullopt;
}

}  // namespace hashlens
