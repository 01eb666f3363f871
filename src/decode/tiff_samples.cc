#include "decode/tiff_samples.h"

#include <tiffio.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "base/half.h"
#include "base/try.h"
#include "decode/lab.h"
#include "decode/tiff_open.h"

namespace hashlens {
namespace {

struct Layout {
  uint32_t width = 0, height = 0;
  uint16_t bits = 0, samples = 0, format = 0, photometric = 0;
  bool planes = false;  // each sample of the pixels apart
};

// One sample of a row as libtiff gives it (numbers of 8, 16, 24, 32 and 64 bits in the machine's
// order, others packed): 0 to 1, or a float as it is. Lab gives the numbers themselves.
class SampleTaker {
 public:
  explicit SampleTaker(const Layout& layout) : layout_(layout) {}

  double At(const std::byte* row, size_t index) const {
    if (layout_.format == SAMPLEFORMAT_IEEEFP) return Float(row, index);
    const uint64_t value = Whole(row, index);
    const double most = std::ldexp(1.0, layout_.bits) - 1;
    const double shift = layout_.format == SAMPLEFORMAT_INT ? std::ldexp(1.0, layout_.bits - 1) : 0;
    // Two's complement: the upper half are the negative ones.
    double number = static_cast<double>(value);
    if (layout_.format == SAMPLEFORMAT_INT && number >= shift) number -= most + 1;
    return (number + shift) / most;
  }

  uint64_t Whole(const std::byte* row, size_t index) const {
    if (layout_.bits % 8 == 0) {
      uint64_t value = 0;
      std::memcpy(&value, row + index * (layout_.bits / 8), layout_.bits / 8);
      return value;
    }
    uint64_t value = 0;
    for (size_t bit = index * layout_.bits, end = bit + layout_.bits; bit < end; ++bit)
      value = value << 1 | (std::to_integer<unsigned>(row[bit / 8]) >> (7 - bit % 8) & 1);
    return value;
  }

 private:
  double Float(const std::byte* row, size_t index) const {
    if (layout_.bits == 16) {
      uint16_t half = 0;
      std::memcpy(&half, row + 2 * index, 2);
      return FloatFromHalf(half);
    }
    if (layout_.bits == 32) {
      float value = 0;
      std::memcpy(&value, row + 4 * index, 4);
      return value;
    }
    double value = 0;
    std::memcpy(&value, row + 8 * index, 8);
    return value;
  }

  const Layout& layout_;
};

// Puts pieces of rows where they belong in the raster.
class RowPutter {
 public:
  RowPutter(const Layout& layout, const TiffFacts& facts, Raster* raster)
      : layout_(layout), taker_(layout), raster_(raster) {
    for (int i = 0; i < facts.colours; ++i) wanted_.push_back(static_cast<size_t>(i));
    if (facts.alpha >= 0) wanted_.push_back(static_cast<size_t>(facts.alpha));
    lab_ = layout.photometric == PHOTOMETRIC_CIELAB || layout.photometric == PHOTOMETRIC_ICCLAB;
  }

  // Whether any sample of this plane is shown.
  bool Wants(size_t plane) const {
    return !layout_.planes || std::ranges::find(wanted_, plane) != wanted_.end();
  }

  // `row` begins with the pixel (left, y); of planes it has one sample of each pixel.
  void Put(const std::byte* row, uint32_t left, uint32_t y, uint32_t count, size_t plane) {
    for (uint32_t x = 0; x < count && left + x < layout_.width; ++x) {
      for (size_t band = 0; band < wanted_.size(); ++band) {
        if (layout_.planes && wanted_[band] != plane) continue;
        const size_t index = layout_.planes ? x : x * layout_.samples + wanted_[band];
        PutSample(row, index, band, (size_t{y} * layout_.width + left + x) * wanted_.size() + band);
      }
    }
  }

 private:
  void PutSample(const std::byte* row, size_t index, size_t band, size_t at) {
    if (lab_ && band < 3) {  // its numbers, until the whole pixel is there
      const auto value = static_cast<uint16_t>(taker_.Whole(row, index));
      std::memcpy(&raster_->samples[2 * at], &value, 2);
      return;
    }
    double value = taker_.At(row, index);
    if (layout_.photometric == PHOTOMETRIC_MINISWHITE && band == 0) value = 1 - value;
    if (raster_->type == SampleType::kFloat) {
      const auto number = static_cast<float>(value);
      std::memcpy(&raster_->samples[4 * at], &number, 4);
    } else {
      const auto number = static_cast<uint16_t>(std::lround(std::clamp(value, 0.0, 1.0) * 65535));
      std::memcpy(&raster_->samples[2 * at], &number, 2);
    }
  }

  const Layout& layout_;
  const SampleTaker taker_;
  Raster* const raster_;
  std::vector<size_t> wanted_;  // samples of the file, in the raster's order
  bool lab_ = false;
};

// Returns the first row that is not there.
uint32_t ReadStrips(TIFF* tiff, const Layout& layout, RowPutter* putter) {
  std::vector<std::byte> row(static_cast<size_t>(TIFFScanlineSize(tiff)));
  uint32_t whole = layout.height;
  const uint16_t planes = layout.planes ? layout.samples : uint16_t{1};
  for (uint16_t plane = 0; plane < planes; ++plane) {
    if (!putter->Wants(plane)) continue;
    for (uint32_t y = 0; y < whole; ++y) {
      if (TIFFReadScanline(tiff, row.data(), y, plane) != 1) {
        whole = y;
        break;
      }
      putter->Put(row.data(), 0, y, layout.width, plane);
    }
  }
  return whole;
}

uint32_t ReadTiles(TIFF* tiff, const Layout& layout, RowPutter* putter) {
  uint32_t across = 0, down = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &across);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &down);
  if (across == 0 || down == 0) return 0;
  std::vector<std::byte> tile(static_cast<size_t>(TIFFTileSize(tiff)));
  const auto row_bytes = static_cast<size_t>(TIFFTileRowSize(tiff));
  uint32_t whole = layout.height;
  const uint16_t planes = layout.planes ? layout.samples : uint16_t{1};
  for (uint16_t plane = 0; plane < planes; ++plane) {
    if (!putter->Wants(plane)) continue;
    for (uint32_t top = 0; top < whole; top += down) {
      for (uint32_t left = 0; left < layout.width; left += across) {
        if (TIFFReadTile(tiff, tile.data(), left, top, 0, plane) < 0) {
          whole = top;
          break;
        }
        for (uint32_t y = 0; y < down && top + y < layout.height; ++y)
          putter->Put(tile.data() + y * row_bytes, left, top + y, across, plane);
      }
    }
  }
  return whole;
}

Status CheckLayout(const Layout& layout) {
  const bool is_float = layout.format == SAMPLEFORMAT_IEEEFP;
  const bool known = is_float ? layout.bits == 16 || layout.bits == 32 || layout.bits == 64
                              : layout.bits >= 1 && layout.bits <= 32;
  if (!known || (layout.format > SAMPLEFORMAT_IEEEFP && layout.format != SAMPLEFORMAT_VOID))
    return Unsupported("unsupported tiff: " + std::to_string(layout.bits) + " bits of format " +
                       std::to_string(layout.format));
  const bool lab =
      layout.photometric == PHOTOMETRIC_CIELAB || layout.photometric == PHOTOMETRIC_ICCLAB;
  if (lab && ((layout.bits != 8 && layout.bits != 16) || layout.samples < 3 || is_float))
    return Unsupported("unsupported tiff: Lab of " + std::to_string(layout.bits) + " bits");
  return {};
}

}  // namespace

Result<Raster> ReadTiffSamples(ByteSpan file, const TiffFacts& facts, uint64_t max_pixels) {
  const TiffListening listening;
  TiffCursor cursor = {file};
  const OpenTiff tiff = OpenTiffAt(&cursor);
  if (!tiff) return listening.Failure();
  Layout layout;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &layout.height);
  layout.bits = TiffShort(tiff.get(), TIFFTAG_BITSPERSAMPLE);
  layout.samples = TiffShort(tiff.get(), TIFFTAG_SAMPLESPERPIXEL);
  layout.format = TiffShort(tiff.get(), TIFFTAG_SAMPLEFORMAT);
  layout.photometric = TiffShort(tiff.get(), TIFFTAG_PHOTOMETRIC);
  layout.planes = TiffShort(tiff.get(), TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  HL_TRY(CheckLayout(layout));
  if (layout.width > INT32_MAX || layout.height > INT32_MAX)
    return Corruption("broken tiff: impossible size");
  Raster raster;
  raster.width = static_cast<int>(layout.width);
  raster.height = static_cast<int>(layout.height);
  raster.type = layout.format == SAMPLEFORMAT_IEEEFP ? SampleType::kFloat : SampleType::kShort;
  raster.colour = facts.colours == 1   ? RasterColour::kGrey
                  : facts.colours == 4 ? RasterColour::kCmyk
                                       : RasterColour::kRgb;
  if (facts.colours == 2) return Unsupported("unsupported tiff: two colours a pixel");
  if (facts.alpha >= 0)
    raster.alpha = facts.multiplied ? RasterAlpha::kPremultiplied : RasterAlpha::kStraight;
  HL_TRY(MakeRoom(&raster, max_pixels));
  raster.orientation = TiffOrientation(tiff.get());
  RowPutter putter(layout, facts, &raster);
  const uint32_t whole = TIFFIsTiled(tiff.get()) != 0 ? ReadTiles(tiff.get(), layout, &putter)
                                                      : ReadStrips(tiff.get(), layout, &putter);
  if (whole == 0) return listening.Failure();
  if (whole < layout.height) NoteDamage(&raster, static_cast<int>(whole), kEndsEarly);
  if (layout.photometric == PHOTOMETRIC_CIELAB || layout.photometric == PHOTOMETRIC_ICCLAB) {
    LabToSrgb(layout.photometric == PHOTOMETRIC_ICCLAB ? LabCoding::kIcc : LabCoding::kCie,
              layout.bits, &raster);
    return raster;
  }
  uint32_t profile_bytes = 0;
  const void* profile = nullptr;
  if (TIFFGetField(tiff.get(), TIFFTAG_ICCPROFILE, &profile_bytes, &profile) == 1) {
    const auto* start = static_cast<const std::byte*>(profile);
    raster.icc.assign(start, start + profile_bytes);
  }
  return raster;
}

}  // namespace hashlens
