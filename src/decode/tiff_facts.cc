#include "decode/tiff_facts.h"

#include <tiffio.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/try.h"
#include "decode/tiff_open.h"

namespace hashlens {
namespace {

int ColoursOf(uint16_t photometric, uint16_t samples) {
  switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE:
    case PHOTOMETRIC_MASK:
      return 1;
    case PHOTOMETRIC_SEPARATED:
      return std::min<int>(samples, 4);
    default:
      return std::min<int>(samples, 3);
  }
}

// Cameras put a small picture first and the sensor's own beside it, or say that it is DNG.
bool IsRaw(TIFF* tiff) {
  constexpr uint32_t kDngVersion = 50706;
  const void* value = nullptr;
  uint16_t count = 0;
  if (TIFFGetField(tiff, kDngVersion, &value) == 1) return true;
  uint32_t kind = 0;
  const char* maker = nullptr;
  const uint64_t* parts = nullptr;
  TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind);
  return (kind & FILETYPE_REDUCEDIMAGE) != 0 &&
         TIFFGetField(tiff, TIFFTAG_SUBIFD, &count, &parts) == 1 && count > 0 &&
         TIFFGetField(tiff, TIFFTAG_MAKE, &maker) == 1;
}

TiffWay WayOf(TIFF* tiff, uint16_t photometric, uint16_t samples) {
  const uint16_t compression = TiffShort(tiff, TIFFTAG_COMPRESSION);
  const uint16_t bits = TiffShort(tiff, TIFFTAG_BITSPERSAMPLE);
  const uint16_t format = TiffShort(tiff, TIFFTAG_SAMPLEFORMAT);
  if (compression == COMPRESSION_OJPEG) return TiffWay::kRgba;
  if (photometric == PHOTOMETRIC_YCBCR)
    return compression == COMPRESSION_JPEG ? TiffWay::kVips : TiffWay::kRgba;
  if (photometric == PHOTOMETRIC_LOGL || photometric == PHOTOMETRIC_LOGLUV ||
      photometric == PHOTOMETRIC_ITULAB)
    return TiffWay::kRgba;
  if (photometric == PHOTOMETRIC_PALETTE) return TiffWay::kVips;
  const bool lab = photometric == PHOTOMETRIC_CIELAB || photometric == PHOTOMETRIC_ICCLAB;
  const bool plain =
      bits == 8 || bits == 16 || (samples == 1 && (bits == 1 || bits == 2 || bits == 4));
  const bool tiled_planes =
      TIFFIsTiled(tiff) != 0 && TiffShort(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  const bool whole = format != SAMPLEFORMAT_IEEEFP && format != SAMPLEFORMAT_INT;
  if (lab && format == SAMPLEFORMAT_IEEEFP) return TiffWay::kVips;
  return plain && whole && !lab && !tiled_planes ? TiffWay::kVips : TiffWay::kSamples;
}

void FindAlpha(TIFF* tiff, uint16_t samples, TiffFacts* facts) {
  uint16_t count = 0;
  const uint16_t* extras = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &extras) != 1 || count == 0) {
    // A sample more than the colours, of which nothing is told, is alpha to most programs.
    if (samples == facts->colours + 1) facts->alpha = facts->colours;
    return;
  }
  for (int i = 0; i < count && facts->alpha < 0; ++i) {
    if (extras[i] == EXTRASAMPLE_UNSPECIFIED || facts->colours + i >= samples) continue;
    facts->alpha = facts->colours + i;
    facts->multiplied = extras[i] == EXTRASAMPLE_ASSOCALPHA;
  }
}

}  // namespace

Result<TiffFacts> ReadTiffFacts(ByteSpan file) {
  const TiffListening listening;
  TiffCursor cursor = {file};
  const OpenTiff tiff = OpenTiffAt(&cursor);
  if (!tiff) return listening.Failure();
  TiffFacts facts;
  const uint16_t samples = TiffShort(tiff.get(), TIFFTAG_SAMPLESPERPIXEL);
  const uint16_t photometric = TiffShort(tiff.get(), TIFFTAG_PHOTOMETRIC);
  uint32_t width = 0, height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  facts.raw = IsRaw(tiff.get());
  facts.palette = photometric == PHOTOMETRIC_PALETTE;
  facts.colours = ColoursOf(photometric, samples);
  facts.way = WayOf(tiff.get(), photometric, samples);
  FindAlpha(tiff.get(), samples, &facts);
  facts.missing = listening.Missing();
  if (TiffShort(tiff.get(), TIFFTAG_COMPRESSION) == COMPRESSION_NONE &&
      photometric != PHOTOMETRIC_YCBCR) {
    const double bytes = static_cast<double>(samples) *
                         TiffShort(tiff.get(), TIFFTAG_BITSPERSAMPLE) / 8 * width * height;
    // With less than a third of its pixels there is nothing to show.
    if (bytes / 3 > static_cast<double>(file.size()))
      return Corruption("broken tiff: " + std::string(kEndsEarly));
  }
  return facts;
}

Result<Raster> ReadTiffAsRgba(ByteSpan file, uint64_t max_pixels) {
  const TiffListening listening;
  TiffCursor cursor = {file};
  const OpenTiff tiff = OpenTiffAt(&cursor);
  if (!tiff) return listening.Failure();
  uint32_t width = 0, height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  if (width > INT32_MAX || height > INT32_MAX) return Corruption("broken tiff: impossible size");
  Raster raster;
  raster.width = static_cast<int>(width);
  raster.height = static_cast<int>(height);
  raster.alpha = RasterAlpha::kPremultiplied;
  HL_TRY(MakeRoom(&raster, max_pixels));
  raster.orientation = TiffOrientation(tiff.get());
  // As stored: who asks for the file's own orientation gets no mirror.
  std::vector<uint32_t> pixels(uint64_t{width} * height);
  if (TIFFReadRGBAImageOriented(tiff.get(), width, height, pixels.data(), raster.orientation, 1) ==
      0)
    return listening.Failure();
  std::byte* to = raster.samples.data();
  for (const uint32_t pixel : pixels) {
    *to++ = static_cast<std::byte>(TIFFGetR(pixel));
    *to++ = static_cast<std::byte>(TIFFGetG(pixel));
    *to++ = static_cast<std::byte>(TIFFGetB(pixel));
    *to++ = static_cast<std::byte>(TIFFGetA(pixel));
  }
  return raster;
}

}  // namespace hashlens
