#include "decode/bmp_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/try.h"
#include "decode/bmp_header.h"

namespace hashlens {
namespace {

constexpr size_t kFileHeaderBytes = 14;

uint64_t RowBytes(const BmpHeader& header) {
  return (static_cast<uint64_t>(header.width) * static_cast<uint64_t>(header.bits) + 31) / 32 * 4;
}

// The value of the bits under a mask, as a part of 255. Without a mask: 0.
class Field {
 public:
  explicit Field(uint32_t mask)
      : mask_(mask), shift_(mask == 0 ? 0 : std::countr_zero(mask)), full_(mask >> shift_) {}
  std::byte Of(uint32_t pixel) const {
    if (full_ == 0) return std::byte{0};
    const uint64_t value = (pixel & mask_) >> shift_;
    return static_cast<std::byte>((value * 255 + full_ / 2) / full_);
  }

 private:
  uint32_t mask_;
  int shift_;
  uint32_t full_;
};

std::byte* PixelAt(Raster* raster, int x, int y) {
  const auto at =
      static_cast<size_t>(y) * static_cast<size_t>(raster->width) + static_cast<size_t>(x);
  return &raster->samples[at * static_cast<size_t>(Bands(*raster))];
}

// Colours that the palette does not have are black.
BmpColour ColourOf(const BmpHeader& header, uint32_t index) {
  return index < header.palette.size() ? header.palette[index] : BmpColour();
}

void Put(std::byte* to, BmpColour colour) {
  to[0] = std::byte{colour.red};
  to[1] = std::byte{colour.green};
  to[2] = std::byte{colour.blue};
}

void ReadPaletteRow(const BmpHeader& header, const std::byte* from, std::byte* to) {
  const auto bits = static_cast<size_t>(header.bits);
  const uint32_t mask = (1U << bits) - 1;
  for (size_t x = 0; x < static_cast<size_t>(header.width); ++x, to += 3) {
    const size_t at = x * bits;
    const auto byte = std::to_integer<uint32_t>(from[at / 8]);
    Put(to, ColourOf(header, byte >> (8 - bits - at % 8) & mask));
  }
}

void ReadMaskedRow(const BmpHeader& header, const std::byte* from, bool alpha, std::byte* to) {
  const Field red(header.masks[0]), green(header.masks[1]), blue(header.masks[2]),
      opacity(header.masks[3]);
  const size_t step = static_cast<size_t>(header.bits) / 8;
  for (int x = 0; x < header.width; ++x, from += step) {
    const uint32_t pixel =
        step == 2 ? LoadLittleEndian<uint16_t>(from) : LoadLittleEndian<uint32_t>(from);
    *to++ = red.Of(pixel);
    *to++ = green.Of(pixel);
    *to++ = blue.Of(pixel);
    if (alpha) *to++ = opacity.Of(pixel);
  }
}

void ReadRow(const BmpHeader& header, const std::byte* from, bool alpha, std::byte* to) {
  if (header.bits <= 8) return ReadPaletteRow(header, from, to);
  if (header.bits != 24) return ReadMaskedRow(header, from, alpha, to);
  for (int x = 0; x < header.width; ++x, from += 3, to += 3)
    Put(to, {std::to_integer<uint8_t>(from[2]), std::to_integer<uint8_t>(from[1]),
             std::to_integer<uint8_t>(from[0])});
}

void ReadPlainRows(const BmpHeader& header, ByteSpan pixels, Raster* raster) {
  const uint64_t row_bytes = RowBytes(header);
  const auto there = static_cast<int>(
      std::min<uint64_t>(pixels.size() / row_bytes, static_cast<uint64_t>(header.height)));
  const bool alpha = raster->alpha != RasterAlpha::kNone;
  for (int row = 0; row < there; ++row) {
    const int y = header.top_down ? row : header.height - 1 - row;
    ReadRow(header, pixels.data() + static_cast<uint64_t>(row) * row_bytes, alpha,
            PixelAt(raster, 0, y));
  }
  // Stored from bottom to top, what is missing is the top.
  if (there < header.height) NoteDamage(raster, header.top_down ? there : 0, kEndsEarly);
}

// One pixel, two pixels (4 bits) or one of three bytes, and a count before it.
class RunReader {
 public:
  RunReader(const BmpHeader& header, ByteSpan bytes, Raster* raster)
      : header_(header), bytes_(bytes), raster_(raster) {}

  void Read() {
    while (true) {
      const int count = Byte();
      if (count < 0) return End();
      if (count > 0) {
        if (!Repeat(count)) return End();
        continue;
      }
      const int order = Byte();
      if (order < 0) return End();
      if (order == 0) {  // end of line
        x_ = 0;
        ++row_;
      } else if (order == 1) {  // end of picture
        return;
      } else if (order == 2) {  // move
        const int right = Byte(), up = Byte();
        if (up < 0) return End();
        x_ = std::min(x_ + right, header_.width);
        row_ += up;
      } else if (!Literal(order)) {
        return End();
      }
      if (row_ >= header_.height) return;
    }
  }

 private:
  int Byte() { return at_ < bytes_.size() ? std::to_integer<int>(bytes_[at_++]) : -1; }

  void End() {
    const bool all = row_ >= header_.height || (row_ == header_.height - 1 && x_ >= header_.width);
    if (!all) NoteDamage(raster_, header_.top_down ? row_ : 0, kEndsEarly);
  }

  void Put(BmpColour colour) {
    if (x_ >= header_.width) return;
    const int y = header_.top_down ? row_ : header_.height - 1 - row_;
    hashlens::Put(PixelAt(raster_, x_++, y), colour);
  }

  // False at the end of the bytes.
  bool ReadColour(BmpColour* colour) {
    if (header_.packing == BmpPacking::kRle24) {
      const int blue = Byte(), green = Byte(), red = Byte();
      *colour = {static_cast<uint8_t>(red), static_cast<uint8_t>(green),
                 static_cast<uint8_t>(blue)};
      return red >= 0;
    }
    const int index = Byte();
    if (index >= 0) *colour = ColourOf(header_, static_cast<uint32_t>(index));
    return index >= 0;
  }

  bool Repeat(int count) {
    if (header_.packing == BmpPacking::kRle4) {
      const int pair = Byte();
      if (pair < 0) return false;
      for (int i = 0; i < count; ++i)
        Put(ColourOf(header_, static_cast<uint32_t>(i % 2 == 0 ? pair >> 4 : pair & 15)));
      return true;
    }
    BmpColour colour;
    if (!ReadColour(&colour)) return false;
    for (int i = 0; i < count; ++i) Put(colour);
    return true;
  }

  // Pixels as they are, filled up to an even number of bytes.
  bool Literal(int count) {
    const size_t start = at_;
    if (header_.packing == BmpPacking::kRle4) {
      int pair = 0;
      for (int i = 0; i < count; ++i) {
        if (i % 2 == 0 && (pair = Byte()) < 0) return false;
        Put(ColourOf(header_, static_cast<uint32_t>(i % 2 == 0 ? pair >> 4 : pair & 15)));
      }
    } else {
      BmpColour colour;
      for (int i = 0; i < count; ++i) {
        if (!ReadColour(&colour)) return false;
        Put(colour);
      }
    }
    at_ += (at_ - start) % 2;
    return true;
  }

  const BmpHeader& header_;
  const ByteSpan bytes_;
  Raster* const raster_;
  size_t at_ = 0;
  int x_ = 0;
  int row_ = 0;  // in the order of the file
};

void ReadRuns(const BmpHeader& header, ByteSpan pixels, Raster* raster) {
  for (size_t at = 0; at < raster->samples.size(); at += 3)
    Put(&raster->samples[at], ColourOf(header, 0));
  RunReader(header, pixels, raster).Read();
}

bool HasAlpha(const Raster& raster) {
  for (size_t at = 3; at < raster.samples.size(); at += 4) {
    if (raster.samples[at] != std::byte{0}) return true;
  }
  return false;
}

void DropFourth(Raster* raster) {
  std::byte* to = raster->samples.data();
  for (size_t at = 0; at < raster->samples.size(); at += 4)
    to = std::copy_n(&raster->samples[at], 3, to);
  raster->samples.resize(raster->samples.size() / 4 * 3);
  raster->alpha = RasterAlpha::kNone;
}

Result<Raster> ReadPixels(const BmpHeader& header, ByteSpan bytes, uint64_t max_pixels) {
  Raster raster;
  raster.width = header.width;
  raster.height = header.height;
  if (header.masks[3] != 0) raster.alpha = RasterAlpha::kStraight;
  HL_TRY(CheckSize(raster, max_pixels));
  const ByteSpan pixels = bytes.subspan(header.pixels_at);
  const bool plain = header.packing == BmpPacking::kPlain;
  if (plain && pixels.size() / RowBytes(header) < static_cast<uint64_t>(header.height) / 3)
    return Corruption(kEndsEarly);
  HL_TRY(MakeRoom(&raster, max_pixels));
  if (plain) {
    ReadPlainRows(header, pixels, &raster);
  } else {
    ReadRuns(header, pixels, &raster);
  }
  raster.icc.assign(header.icc.begin(), header.icc.end());
  return raster;
}

// Takes alpha from the mask of one bit a pixel that lies behind an icon's pixels.
void UseMask(const BmpHeader& header, ByteSpan mask, Raster* raster) {
  const size_t row_bytes = (static_cast<size_t>(header.width) + 31) / 32 * 4;
  std::vector<std::byte> samples(raster->samples.size() / 3 * 4);
  const std::byte* from = raster->samples.data();
  std::byte* to = samples.data();
  for (int y = 0; y < header.height; ++y) {
    const int row = header.top_down ? y : header.height - 1 - y;
    const ByteSpan bits = mask.subspan(static_cast<size_t>(row) * row_bytes, row_bytes);
    for (size_t x = 0; x < static_cast<size_t>(header.width); ++x, from += 3) {
      to = std::copy_n(from, 3, to);
      const bool through = (std::to_integer<unsigned>(bits[x / 8]) >> (7 - x % 8) & 1) != 0;
      *to++ = through ? std::byte{0} : std::byte{255};
    }
  }
  raster->samples = std::move(samples);
  raster->alpha = RasterAlpha::kStraight;
}

}  // namespace

Result<Raster> ReadBmp(ByteSpan file, uint64_t max_pixels) {
  // An array of OS/2 has a header of the same length before the first bitmap. Places are counted
  // from the start of the file there, too.
  const size_t before = file.size() > 1 && file[0] == std::byte{'B'} && file[1] == std::byte{'A'}
                            ? kFileHeaderBytes
                            : 0;
  const size_t header_at = before + kFileHeaderBytes;
  if (file.size() < header_at + 12) return Corruption("the file ends in its header");
  const size_t stated = LoadLittleEndian<uint32_t>(file.data() + before + 10);
  const ByteSpan bitmap = file.subspan(header_at);
  HL_ASSIGN(const BmpHeader header,
            ReadBmpHeader(bitmap, stated < header_at ? 0 : stated - header_at));
  HL_ASSIGN(Raster raster, ReadPixels(header, bitmap, max_pixels));
  // Many programs leave the alpha of a whole picture at 0 and mean that it is opaque.
  if (raster.alpha != RasterAlpha::kNone && !HasAlpha(raster)) DropFourth(&raster);
  return raster;
}

Result<Raster> ReadIconBitmap(ByteSpan bitmap, uint64_t max_pixels) {
  HL_ASSIGN(BmpHeader header, ReadBmpHeader(bitmap, 0));
  header.height /= 2;  // the mask is counted
  if (header.bits == 32 && header.masks[3] == 0) header.masks[3] = 0xff000000;
  HL_ASSIGN(Raster raster, ReadPixels(header, bitmap, max_pixels));
  if (raster.alpha != RasterAlpha::kNone) {
    if (HasAlpha(raster)) return raster;
    DropFourth(&raster);
  }
  const uint64_t mask_bytes =
      (static_cast<uint64_t>(header.width) + 31) / 32 * 4 * static_cast<uint64_t>(header.height);
  const uint64_t mask_at =
      header.pixels_at + RowBytes(header) * static_cast<uint64_t>(header.height);
  if (header.packing != BmpPacking::kPlain || !raster.damage.empty()) return raster;
  if (mask_at <= bitmap.size() && mask_bytes <= bitmap.size() - mask_at) {
    UseMask(header, bitmap.subspan(mask_at, mask_bytes), &raster);
  } else {
    NoteDamage(&raster, raster.height, kEndsEarly);
  }
  return raster;
}

}  // namespace hashlens
