#include "image/plain_headers.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/try.h"
#include "image/limits.h"

namespace hashlens {
namespace {

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The next number of a PNM header, after white space and comments ("#" to the end of the line), and
// before white space.
std::optional<uint64_t> NextNumber(std::string_view* text) {
  size_t at = 0;
  while (at < text->size() && (IsSpace((*text)[at]) || (*text)[at] == '#')) {
    at = (*text)[at] == '#' ? std::min(text->find('\n', at), text->size()) : at + 1;
  }
  const size_t first = at;
  uint64_t number = 0;
  for (; at < text->size() && IsDigit((*text)[at]); ++at) {
    number = number * 10 + static_cast<uint64_t>((*text)[at] - '0');
    if (number > INT32_MAX) return std::nullopt;
  }
  if (at == first || at == text->size() || !IsSpace((*text)[at])) return std::nullopt;
  text->remove_prefix(at);
  return number;
}

// How many bytes the pixels of a PNM need at least; `text` is what comes after width and height.
uint64_t LeastPixelBytes(char kind, uint64_t width, uint64_t height, std::string_view text) {
  const uint64_t pixels = width * height;
  const uint64_t samples = kind == '3' || kind == '6' || kind == 'F' ? 3 * pixels : pixels;
  switch (kind) {
    case '1':  // digits, which nothing has to part
      return samples;
    case '2':
    case '3':  // numbers, parted by white space
      return 2 * samples - 1;
    case '4':  // bits
      return (width + 7) / 8 * height;
    case '5':
    case '6': {
      const auto largest = NextNumber(&text);
      return largest && *largest > 255 ? 2 * samples : samples;
    }
    default:  // floats
      return 4 * samples;
  }
}

}  // namespace

Status CheckBmpHeader(ByteSpan file, const DecodeOptions& options) {
  constexpr size_t kFileHeaderBytes = 14;
  if (file.size() < kFileHeaderBytes + 16) return Corruption("bmp: the file ends in its header");
  const bool oldest = LoadLittleEndian<uint32_t>(file.data() + 14) == 12;
  const int64_t width = oldest ? LoadLittleEndian<uint16_t>(file.data() + 18)
                               : LoadLittleEndian<int32_t>(file.data() + 18);
  const int64_t height = oldest ? LoadLittleEndian<uint16_t>(file.data() + 20)
                                : LoadLittleEndian<int32_t>(file.data() + 22);
  if (width < 0) return Corruption("bmp: negative width");
  // Rows stored from top to bottom are marked by a negative height.
  const auto across = static_cast<uint64_t>(width), down = static_cast<uint64_t>(std::abs(height));
  HL_TRY(CheckPixels(across, down, options));
  const size_t layout = oldest ? 22 : 26;  // planes, bits a pixel, compression
  const uint64_t bits = LoadLittleEndian<uint16_t>(file.data() + layout + 2);
  const bool plain =
      oldest || (file.size() >= 34 && LoadLittleEndian<uint32_t>(file.data() + 30) == 0);
  if (!plain) return {};
  if (bits > 32) return Corruption("bmp: too many bits a pixel");
  const uint64_t row_bytes = (across * bits + 31) / 32 * 4;
  const uint64_t offset = LoadLittleEndian<uint32_t>(file.data() + 10);
  if (offset > file.size() || row_bytes * down > file.size() - offset) {
    return Corruption("bmp: the file ends before the picture does");
  }
  return {};
}

Status CheckPnmHeader(ByteSpan file, const DecodeOptions& options) {
  std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const char kind = text[1];
  text.remove_prefix(2);  // "P6"
  const auto width = NextNumber(&text);
  const auto height = NextNumber(&text);
  if (!width || !height) return Corruption("pnm: no width and height");
  HL_TRY(CheckPixels(*width, *height, options));
  if (LeastPixelBytes(kind, *width, *height, text) > text.size())
    return Corruption("pnm: the file ends before the picture does");
  return {};
}

Status CheckPngChunks(ByteSpan file) {
  constexpr size_t kSignatureBytes = 8, kAround = 12;  // length, type, checksum
  const auto byte = [&](size_t at) { return std::to_integer<uint32_t>(file[at]); };
  for (size_t at = kSignatureBytes; file.size() - at >= kAround;) {
    const uint32_t length = byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3);
    if (std::memcmp(file.data() + at + 4, "IEND", 4) == 0) return {};
    if (length > file.size() - at - kAround) break;
    at += kAround + length;
  }
  return Corruption("broken png: the file ends before the picture does");
}

}  // namespace hashlens
