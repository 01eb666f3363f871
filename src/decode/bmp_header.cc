#include "decode/bmp_header.h"

#include <algorithm>
#include <string>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr uint32_t kOs2One = 12, kWindowsThree = 40, kWithMasks = 52, kWithAlpha = 56, kOs2Two = 64,
                   kWindowsFour = 108, kWindowsFive = 124;
constexpr uint32_t kEmbedded = 0x4d424544;  // "MBED"

// The numbers of biCompression.
enum : uint32_t { kRgb = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3, kRle24 = 4, kAlphaFields = 6 };

uint16_t U16(ByteSpan bytes, size_t at) {
  return at + 2 <= bytes.size() ? LoadLittleEndian<uint16_t>(bytes.data() + at) : uint16_t{0};
}
uint32_t U32(ByteSpan bytes, size_t at) {
  return at + 4 <= bytes.size() ? LoadLittleEndian<uint32_t>(bytes.data() + at) : 0;
}

Status SetPacking(uint32_t compression, bool os2, BmpHeader* header) {
  const int bits = header->bits;
  if (compression == kRgb) return {};
  if (compression == kRle8 && bits == 8) {
    header->packing = BmpPacking::kRle8;
  } else if (compression == kRle4 && bits == 4) {
    header->packing = BmpPacking::kRle4;
  } else if (compression == kRle24 && bits == 24 && os2) {
    header->packing = BmpPacking::kRle24;
  } else if (os2 || (compression != kBitFields && compression != kAlphaFields) ||
             (bits != 16 && bits != 32)) {
    return Unsupported("compression " + std::to_string(compression) + " with " +
                       std::to_string(bits) + " bits a pixel");
  }
  return {};
}

// Where there are no fields for masks: 5 bits for each colour, or 8 and an unused byte.
void SetMasks(ByteSpan bytes, uint32_t header_bytes, uint32_t compression, BmpHeader* header) {
  if (compression != kBitFields && compression != kAlphaFields) {
    header->masks = header->bits == 16 ? std::array<uint32_t, 4>{0x7c00, 0x3e0, 0x1f, 0}
                                       : std::array<uint32_t, 4>{0xff0000, 0xff00, 0xff, 0};
    return;
  }
  // In the header, or behind the shortest one at the same place.
  for (size_t i = 0; i < 3; ++i) header->masks[i] = U32(bytes, kWindowsThree + 4 * i);
  if (header_bytes >= kWithAlpha || compression == kAlphaFields)
    header->masks[3] = U32(bytes, kWithMasks);
}

void ReadPalette(ByteSpan bytes, size_t at, uint64_t colours, size_t entry_bytes,
                 BmpHeader* header) {
  for (uint64_t i = 0; i < colours && at + entry_bytes <= bytes.size(); ++i, at += entry_bytes) {
    const auto byte = [&](size_t offset) { return std::to_integer<uint8_t>(bytes[at + offset]); };
    header->palette.push_back({byte(2), byte(1), byte(0)});
  }
}

bool IsHeaderSize(uint32_t bytes) {
  return bytes == kOs2One || bytes == 16 || bytes == kWindowsThree || bytes == kWithMasks ||
         bytes == kWithAlpha || bytes == kOs2Two || bytes == kWindowsFour || bytes == kWindowsFive;
}

}  // namespace

Result<BmpHeader> ReadBmpHeader(ByteSpan bytes, size_t stated_pixels_at) {
  const uint32_t header_bytes = U32(bytes, 0);
  if (!IsHeaderSize(header_bytes) || header_bytes > bytes.size())
    return Corruption("the file ends in its header");
  const bool oldest = header_bytes == kOs2One;
  const bool os2 = header_bytes == kOs2Two || header_bytes == 16;
  BmpHeader header;
  const int64_t width = oldest ? U16(bytes, 4) : static_cast<int32_t>(U32(bytes, 4));
  const int64_t height = oldest ? U16(bytes, 6) : static_cast<int32_t>(U32(bytes, 8));
  if (width <= 0 || height == 0) return Corruption("the header states an empty picture");
  if (height < -INT32_MAX) return Corruption("the header states too many rows");
  header.width = static_cast<int>(width);
  header.height = static_cast<int>(height < 0 ? -height : height);
  header.top_down = height < 0;
  header.bits = U16(bytes, oldest ? 10 : 14);
  constexpr std::array kBits = {1, 2, 4, 8, 16, 24, 32};
  if (std::ranges::find(kBits, header.bits) == kBits.end())
    return Corruption(std::to_string(header.bits) + " bits a pixel");
  const bool short_header = header_bytes <= 16;
  const uint32_t compression = short_header ? 0 : U32(bytes, 16);
  HL_TRY(SetPacking(compression, os2, &header));
  if (header.bits == 16 || header.bits == 32) SetMasks(bytes, header_bytes, compression, &header);

  size_t behind = header_bytes;
  if (header_bytes == kWindowsThree && compression == kBitFields) behind += 12;
  if (header_bytes == kWindowsThree && compression == kAlphaFields) behind += 16;
  if (header.bits <= 8) {
    const uint64_t most = uint64_t{1} << header.bits;
    const uint32_t stated = short_header ? 0 : U32(bytes, 32);
    const size_t entry_bytes = oldest ? 3 : 4;
    uint64_t colours = stated == 0 ? most : std::min<uint64_t>(stated, most);
    // A palette that is said to be longer than the room for it.
    if (stated_pixels_at > behind)
      colours = std::min<uint64_t>(colours, (stated_pixels_at - behind) / entry_bytes);
    ReadPalette(bytes, behind, colours, entry_bytes, &header);
    behind += colours * entry_bytes;
  }
  header.pixels_at = stated_pixels_at >= header_bytes ? stated_pixels_at : behind;
  if (header.pixels_at > bytes.size()) return Corruption("the file ends before its pixels");
  if (header_bytes == kWindowsFive && U32(bytes, 56) == kEmbedded) {
    const uint32_t at = U32(bytes, 112), size = U32(bytes, 116);
    if (at < bytes.size() && size <= bytes.size() - at) header.icc = bytes.subspan(at, size);
  }
  return header;
}

}  // namespace hashlens
