#include "decode/vips_decode.h"

#include <vips/vips.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/ground.h"
#include "base/try.h"
#include "decode/vips_colour.h"
#include "decode/vips_loaders.h"

namespace hashlens {
namespace {

// A pixel of more bytes than this (four samples of 16 bits) counts as several against the limit.
constexpr uint64_t kPixelBytes = 8;
// Rows that are computed at once: few, so that a much shrunk picture's source rows stay in cache.
constexpr int kStripRows = 16;

// Before the loader reserves memory for pixels: what the header states against the limit.
Status CheckSize(VipsImage* picture, uint64_t max_pixels) {
  const auto width = static_cast<uint64_t>(vips_image_get_width(picture));
  const auto height = static_cast<uint64_t>(vips_image_get_height(picture));
  if (width == 0 || height == 0) return Corruption("the header states an empty picture");
  const std::string size = std::to_string(width) + " x " + std::to_string(height);
  if (width > max_pixels / height) {
    return InvalidArgument("picture of " + size + " pixels is over the limit of " +
                           std::to_string(max_pixels) + " pixels");
  }
  const auto bands = static_cast<uint64_t>(vips_image_get_bands(picture));
  const uint64_t pixel_bytes =
      bands * vips_format_sizeof_unsafe(vips_image_get_format(picture));  // both below 2^32
  const uint64_t most =
      max_pixels > UINT64_MAX / kPixelBytes ? UINT64_MAX : max_pixels * kPixelBytes;
  if (pixel_bytes > most / (width * height)) {
    return InvalidArgument("picture of " + size + " pixels with " + std::to_string(bands) +
                           " bands is over the limit of " + std::to_string(max_pixels) + " pixels");
  }
  return {};
}

// The largest whole factor by which the shorter side stays at least min_short_side.
int ShrinkFor(int short_side, int min_short_side) {
  return min_short_side <= 0 ? 1 : std::max(1, short_side / min_short_side);
}

int JpegShrinkFor(int factor) { return factor >= 8 ? 8 : factor >= 4 ? 4 : factor >= 2 ? 2 : 1; }

// HEIF and JPEG XL carry the orientation in the coded picture, and their decoders apply it.
bool DecoderTurnsUpright(ImageFormat format) {
  return format == ImageFormat::kHeif || format == ImageFormat::kAvif ||
         format == ImageFormat::kJxl;
}

struct UnrefRegion {
  void operator()(VipsRegion* region) const { g_object_unref(region); }
};

// Computes the picture's rows (bands of 8 bits) from top to bottom into `to`, on this thread.
bool CopyRows(VipsImage* pixels, uint8_t* to) {
  const std::unique_ptr<VipsRegion, UnrefRegion> region(vips_region_new(pixels));
  if (!region) return false;
  const int width = vips_image_get_width(pixels), height = vips_image_get_height(pixels);
  const size_t row_bytes =
      static_cast<size_t>(vips_image_get_bands(pixels)) * static_cast<size_t>(width);
  for (int top = 0; top < height; top += kStripRows) {
    const VipsRect strip = {0, top, width, std::min(kStripRows, height - top)};
    if (vips_region_prepare(region.get(), &strip) != 0) return false;
    for (int row = 0; row < strip.height; ++row, to += row_bytes)
      std::memcpy(to, VIPS_REGION_ADDR(region.get(), 0, top + row), row_bytes);
  }
  return true;
}

}  // namespace

Result<ReadPicture> ReadByVips(const PictureTask& task, const RoomMaker& room) {
  const ImageFormat format = task.format;
  if (!VipsCanLoad(format)) {
    return Unsupported("this machine's libvips cannot read " + std::string(FormatName(format)));
  }
  VipsPicture picture = OpenByVips(task.file, format, 1);
  if (!picture) return VipsFailure(format);
  HL_TRY(CheckSize(picture.get(), task.max_pixels));
  ReadPicture read;
  read.original_width = vips_image_get_width(picture.get());
  read.original_height = vips_image_get_height(picture.get());
  read.orientation = DecoderTurnsUpright(format) ? 1 : vips_image_get_orientation(picture.get());

  int shrink = ShrinkFor(std::min(read.original_width, read.original_height), task.min_short_side);
  if (format == ImageFormat::kJpeg && shrink >= 2) {
    const int jpeg_shrink = JpegShrinkFor(shrink);
    picture = OpenByVips(task.file, format, jpeg_shrink);
    if (!picture) return VipsFailure(format);
    shrink /= jpeg_shrink;
  }
  if (!ShrinkToSrgb(&picture, shrink)) return VipsFailure(format);
  read.width = vips_image_get_width(picture.get());
  read.height = vips_image_get_height(picture.get());
  uint8_t* pixels =
      room(uint64_t{3} * static_cast<uint64_t>(read.width) * static_cast<uint64_t>(read.height));
  if (pixels == nullptr) return NoRoom();
  if (vips_image_get_bands(picture.get()) == 4) {
    std::vector<uint8_t> rgba(size_t{4} * static_cast<size_t>(read.width) *
                              static_cast<size_t>(read.height));
    if (!CopyRows(picture.get(), rgba.data())) return VipsFailure(format);
    const std::vector<uint8_t> rgb = LayOverGround(rgba);
    std::memcpy(pixels, rgb.data(), rgb.size());
  } else if (!CopyRows(picture.get(), pixels)) {
    return VipsFailure(format);
  }
  ForgetVipsErrors();
  return read;
}

}  // namespace hashlens
