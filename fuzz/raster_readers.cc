// The readers of pictures that are ours (src/decode): bitmaps, icons, Netpbm, Photoshop, QOI, TGA.
// Each gets every input: a file is told by its first bytes, or by its name alone.
#include "decode/bmp_reader.h"
#include "decode/ico_reader.h"
#include "decode/pnm_reader.h"
#include "decode/psd_reader.h"
#include "decode/qoi_reader.h"
#include "decode/raster.h"
#include "decode/tga_reader.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

constexpr uint64_t kMostRasterPixels = 1 << 18;

void CheckRaster(const Result<Raster>& raster) {
  if (!raster.ok()) {
    Require(!raster.status().message().empty(), "a failure has a message");
    return;
  }
  Require(raster->width > 0 && raster->height > 0, "a picture has pixels");
  const auto width = static_cast<size_t>(raster->width);
  const auto height = static_cast<size_t>(raster->height);
  Require(width * height <= kMostRasterPixels, "a picture is within the limit");
  Require(raster->samples.size() ==
              width * height * static_cast<size_t>(Bands(*raster)) * SampleBytes(raster->type),
          "a picture has its samples");
  Require(raster->orientation >= 1 && raster->orientation <= 8, "orientation is 1 to 8");
  Require(
      raster->damage.empty() || (raster->whole_rows >= 0 && raster->whole_rows <= raster->height),
      "whole rows are rows of the picture");
}

void FuzzRasterReaders(ByteSpan file) {
  if (file.size() < 2) return;  // what has no first bytes has no format
  CheckRaster(ReadBmp(file, kMostRasterPixels));
  CheckRaster(ReadPsd(file, kMostRasterPixels));
  CheckRaster(ReadQoi(file, kMostRasterPixels));
  CheckRaster(ReadTga(file, kMostRasterPixels));
  const char kind = static_cast<char>(file[1]);
  if (file[0] == std::byte{'P'} && ((kind >= '1' && kind <= '7') || kind == 'F' || kind == 'f'))
    CheckRaster(ReadPnm(file, kMostRasterPixels));
  CheckRaster(ReadIconBitmap(file, kMostRasterPixels));
  const auto icon = LargestOfIcon(file);
  if (icon.ok()) CheckRaster(ReadIconBitmap(icon->bytes, kMostRasterPixels));
}

const FuzzTarget kRasterReaders("raster_readers", FuzzRasterReaders);

}  // namespace
}  // namespace hashlens
