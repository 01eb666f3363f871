#include "decode/tga_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr size_t kHeaderBytes = 18;

struct Header {
  bool palette = false;  // pixels are numbers of colours
  bool grey = false;
  bool runs = false;
  size_t palette_first = 0, palette_entries = 0;
  size_t entry_bytes = 0;  // of the palette
  size_t pixel_bytes = 0;
  bool alpha = false;
  bool from_right = false, from_top = false;
  size_t palette_at = 0, pixels_at = 0;
};

uint16_t U16(ByteSpan file, size_t at) { return LoadLittleEndian<uint16_t>(file.data() + at); }

Result<Header> ReadHeader(ByteSpan file, Raster* raster) {
  if (file.size() < kHeaderBytes) return Corruption("the file ends in its header");
  const auto byte = [&](size_t at) { return std::to_integer<unsigned>(file[at]); };
  Header header;
  const unsigned kind = byte(2) & 7;
  header.palette = kind == 1;
  header.grey = kind == 3;
  header.runs = (byte(2) & 8) != 0;
  if (kind < 1 || kind > 3 || byte(2) > 11) return Corruption("no such kind of picture");
  if (header.palette != (byte(1) == 1) && header.palette) return Corruption("no palette");
  header.palette_first = U16(file, 3);
  header.palette_entries = byte(1) == 1 ? U16(file, 5) : 0;
  header.entry_bytes = (byte(7) + 7) / 8;
  header.pixel_bytes = (byte(16) + 7) / 8;
  raster->width = U16(file, 12);
  raster->height = U16(file, 14);
  const unsigned alpha_bits = byte(17) & 15;
  header.from_right = (byte(17) & 16) != 0;
  header.from_top = (byte(17) & 32) != 0;
  const size_t colour_bytes = header.palette ? header.entry_bytes : header.pixel_bytes;
  const bool fits = header.grey ? header.pixel_bytes == 1 || header.pixel_bytes == 2
                                : colour_bytes >= 2 && colour_bytes <= 4;
  if (!fits || (header.palette && header.pixel_bytes > 2))
    return Corruption(std::to_string(byte(16)) + " bits a pixel");
  // The one bit of 16-bit colours says little; those who write it mostly leave it at 0.
  header.alpha = header.grey ? header.pixel_bytes == 2 : colour_bytes == 4 && alpha_bits == 8;
  header.palette_at = kHeaderBytes + byte(0);
  header.pixels_at = header.palette_at + header.palette_entries * header.entry_bytes;
  if (header.pixels_at > file.size()) return Corruption("the file ends before its pixels");
  return header;
}

// Five bits as a part of 255.
std::byte Five(unsigned value) {
  value &= 31;
  return static_cast<std::byte>(value << 3 | value >> 2);
}

// One stored pixel as RGB and alpha, or grey and alpha.
class PixelMaker {
 public:
  PixelMaker(const Header& header, ByteSpan file) : header_(header), file_(file) {}

  void Put(const std::byte* from, std::byte* to) const {
    if (header_.grey) {
      to[0] = from[0];
      if (header_.alpha) to[1] = from[1];
      return;
    }
    if (!header_.palette) return PutColour(from, header_.pixel_bytes, to);
    const size_t number = header_.pixel_bytes == 1 ? std::to_integer<size_t>(from[0])
                                                   : LoadLittleEndian<uint16_t>(from);
    if (number < header_.palette_first || number - header_.palette_first >= header_.palette_entries)
      return;  // stays black
    const size_t entry = number - header_.palette_first;
    PutColour(&file_[header_.palette_at + entry * header_.entry_bytes], header_.entry_bytes, to);
  }

 private:
  void PutColour(const std::byte* from, size_t bytes, std::byte* to) const {
    if (bytes == 2) {
      const unsigned value = LoadLittleEndian<uint16_t>(from);
      to[0] = Five(value >> 10);
      to[1] = Five(value >> 5);
      to[2] = Five(value);
      return;
    }
    to[0] = from[2];
    to[1] = from[1];
    to[2] = from[0];
    if (header_.alpha) to[3] = from[3];
  }

  const Header& header_;
  const ByteSpan file_;
};

// The stored pixels one after the other.
class PixelSource {
 public:
  PixelSource(const Header& header, ByteSpan bytes)
      : bytes_(bytes), step_(header.pixel_bytes), runs_(header.runs) {}

  // Null at the end of the bytes.
  const std::byte* Next() {
    if (runs_ && left_ == 0) {
      if (at_ >= bytes_.size()) return nullptr;
      const auto packet = std::to_integer<unsigned>(bytes_[at_++]);
      left_ = (packet & 127) + 1;
      repeats_ = (packet & 128) != 0;
      fresh_ = true;
    }
    if (runs_) --left_;
    if (!repeats_ || fresh_) {
      if (bytes_.size() - at_ < step_) return nullptr;
      pixel_ = &bytes_[at_];
      at_ += step_;
      fresh_ = false;
    }
    return pixel_;
  }

 private:
  const ByteSpan bytes_;
  const size_t step_;
  const bool runs_;
  size_t at_ = 0;
  unsigned left_ = 0;
  bool repeats_ = false, fresh_ = false;
  const std::byte* pixel_ = nullptr;
};

// An alpha that is 0 everywhere is one that nobody has set.
void FillEmptyAlpha(Raster* raster) {
  if (raster->alpha == RasterAlpha::kNone) return;
  const auto bands = static_cast<size_t>(Bands(*raster));
  for (size_t at = bands - 1; at < raster->samples.size(); at += bands) {
    if (raster->samples[at] != std::byte{0}) return;
  }
  for (size_t at = bands - 1; at < raster->samples.size(); at += bands)
    raster->samples[at] = std::byte{255};
}

}  // namespace

Result<Raster> ReadTga(ByteSpan file, uint64_t max_pixels) {
  Raster raster;
  HL_ASSIGN(const Header header, ReadHeader(file, &raster));
  raster.colour = header.grey ? RasterColour::kGrey : RasterColour::kRgb;
  if (header.alpha) raster.alpha = RasterAlpha::kStraight;
  HL_TRY(CheckSize(raster, max_pixels));
  const ByteSpan bytes = file.subspan(header.pixels_at);
  const auto pixels = static_cast<uint64_t>(raster.width) * static_cast<uint64_t>(raster.height);
  if (bytes.size() / header.pixel_bytes * (header.runs ? 128 : 1) < pixels / 3)
    return Corruption(kEndsEarly);
  HL_TRY(MakeRoom(&raster, max_pixels));
  const PixelMaker maker(header, file);
  PixelSource source(header, bytes);
  const auto width = static_cast<size_t>(raster.width);
  const auto bands = static_cast<size_t>(Bands(raster));
  for (int row = 0; row < raster.height; ++row) {
    const int y = header.from_top ? row : raster.height - 1 - row;
    std::byte* const start = &raster.samples[static_cast<size_t>(y) * width * bands];
    for (size_t i = 0; i < width; ++i) {
      const std::byte* const from = source.Next();
      if (from == nullptr) {
        // Stored from bottom to top, what is missing is the top.
        NoteDamage(&raster, header.from_top ? row : 0, kEndsEarly);
        FillEmptyAlpha(&raster);
        return raster;
      }
      maker.Put(from, start + (header.from_right ? width - 1 - i : i) * bands);
    }
  }
  FillEmptyAlpha(&raster);
  return raster;
}

}  // namespace hashlens
