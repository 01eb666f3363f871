#include "decode/vips_decode.h"

#include <vips/vips.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/exif_orientation.h"
#include "base/pixel_limit.h"
#include "base/try.h"
#include "decode/deliver.h"
#include "decode/png_exif.h"
#include "decode/vips_loaders.h"
#include "decode/vips_samples.h"

namespace hashlens {
namespace {

// A pixel of more bytes than this (four samples of 16 bits) counts as several against the limit.
constexpr uint64_t kPixelBytes = 8;
// A drawing has no pixels: its longer side is drawn within these bounds.
constexpr int kLeastDrawingSide = 512, kMostDrawingSide = 2048;

// Before the loader reserves memory for pixels: what the header states against the limit.
Status CheckSize(VipsImage* picture, uint64_t max_pixels) {
  const auto width = static_cast<uint64_t>(vips_image_get_width(picture));
  const auto height = static_cast<uint64_t>(vips_image_get_height(picture));
  if (width == 0 || height == 0) return Corruption("the header states an empty picture");
  if (width > max_pixels / height) return OverPixelLimit(width, height, max_pixels);
  const auto bands = static_cast<uint64_t>(vips_image_get_bands(picture));
  const uint64_t pixel_bytes =
      bands * vips_format_sizeof_unsafe(vips_image_get_format(picture));  // both below 2^32
  const uint64_t most =
      max_pixels > UINT64_MAX / kPixelBytes ? UINT64_MAX : max_pixels * kPixelBytes;
  if (pixel_bytes > most / (width * height)) {
    return OverPixelLimit(width, height, max_pixels, " with " + std::to_string(bands) + " bands");
  }
  return {};
}

// Radiance's line of sizes tells from where rows and columns are counted: "-Y 40 +X 48" is usual.
int RadianceOrientation(ByteSpan file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const size_t line = text.find("\n\n");
  if (line == text.npos) return 1;
  const std::string_view sizes = text.substr(line + 2, 64);
  const bool up = sizes.starts_with("+Y");
  const bool left = sizes.substr(0, sizes.find('\n')).find("-X") != sizes.npos;
  return up ? left ? 3 : 4 : left ? 2 : 1;
}

int OrientationOf(const PictureTask& task, VipsImage* picture) {
  switch (task.format) {
    case ImageFormat::kHeif:
      return 1;  // libheif turns it by the file's own properties
    case ImageFormat::kPng:
      return ExifOrientation(PngExif(task.file));
    case ImageFormat::kTiff:
      return vips_image_get_orientation(picture);
    case ImageFormat::kHdr:
      return RadianceOrientation(task.file);
    default:
      break;
  }
  const void* data = nullptr;
  size_t size = 0;
  if (vips_image_get_typeof(picture, VIPS_META_EXIF_NAME) == 0 ||
      vips_image_get_blob(picture, VIPS_META_EXIF_NAME, &data, &size) != 0)
    return 1;
  return ExifOrientation({static_cast<const std::byte*>(data), size});
}

double ScaleOfDrawing(VipsImage* picture) {
  const int side = std::max(vips_image_get_width(picture), vips_image_get_height(picture));
  return static_cast<double>(std::clamp(side, kLeastDrawingSide, kMostDrawingSide)) /
         std::max(side, 1);
}

Result<VipsPicture> Open(const PictureTask& task) {
  VipsPicture picture = OpenByVips(task.file, task.format);
  if (!picture) return VipsFailure(task.format);
  if (task.format == ImageFormat::kSvg || task.format == ImageFormat::kPdf) {
    const double scale = ScaleOfDrawing(picture.get());
    picture = OpenByVips(task.file, task.format, scale);
    if (!picture) return VipsFailure(task.format);
  }
  HL_TRY(CheckSize(picture.get(), task.max_pixels));
  return picture;
}

Result<ReadPicture> ReadOnce(const PictureTask& task, const RoomMaker& room,
                             const TiffFacts* tiff) {
  const ImageFormat format = task.format;
  if (!VipsCanLoad(format)) {
    return Unsupported("this machine's libvips cannot read " + std::string(FormatName(format)));
  }
  HL_ASSIGN(VipsPicture picture, Open(task));
  ReadPicture read;
  read.original_width = vips_image_get_width(picture.get());
  read.original_height = vips_image_get_height(picture.get());
  read.orientation = OrientationOf(task, picture.get());
  const int shrink =
      ShrinkFor(std::min(read.original_width, read.original_height), task.min_short_side);
  if (const auto box = FirstFrame(task.file, format); box && !ClearOutside(*box, &picture))
    return VipsFailure(format);
  if (tiff != nullptr && !KeepTiffBands(*tiff, &picture)) return VipsFailure(format);
  if (format == ImageFormat::kHdr) {
    HL_ASSIGN(Raster raster, RadianceRaster(std::move(picture), task.max_pixels));
    raster.orientation = read.orientation;
    return DeliverRaster(std::move(raster), task, room);
  }
  return Deliver(std::move(picture), shrink, std::move(read), task, room);
}

}  // namespace

Result<ReadPicture> ReadByVips(const PictureTask& task, const RoomMaker& room,
                               const TiffFacts* tiff) {
  auto read = ReadOnce(task, room, tiff);
  const bool damaged = read.status().code() == StatusCode::kCorruption;
  if (!damaged || !task.lenient || task.min_short_side == 0) return read;
  // Much shrunk, several rows are lost with one: whether enough of them are whole must not depend
  // on the size that is wanted.
  PictureTask whole = task;
  whole.min_short_side = 0;
  return ReadOnce(whole, room, tiff);
}

}  // namespace hashlens
