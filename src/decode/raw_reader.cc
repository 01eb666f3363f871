#include "decode/raw_reader.h"

#include <libraw/libraw.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "base/jpeg_pixels.h"
#include "base/pixel_limit.h"
#include "base/try.h"
#include "decode/deliver.h"

namespace hashlens {
namespace {

// A preview whose longer side is shorter than this is only an icon.
constexpr int kLeastPreviewSide = 512;

Status Failure(int code) {
  if (code == LIBRAW_UNSUFFICIENT_MEMORY) return IoError("not enough memory for the picture");
  const std::string words = LibRaw::strerror(code);
  if (code == LIBRAW_FILE_UNSUPPORTED) return Unsupported("unsupported raw: " + words);
  return Corruption("broken raw: " + words);
}

// EXIF's number for LibRaw's.
int OrientationOf(int flip) { return flip == 3 ? 3 : flip == 5 ? 8 : flip == 6 ? 6 : 1; }

struct ClearImage {
  void operator()(libraw_processed_image_t* image) const { LibRaw::dcraw_clear_mem(image); }
};

Raster RasterOf(int width, int height, const unsigned char* rgb) {
  Raster raster;
  raster.width = width;
  raster.height = height;
  const auto* start = reinterpret_cast<const std::byte*>(rgb);
  raster.samples.assign(
      start, start + size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height));
  return raster;
}

// The preview, or nothing where there is none that is good enough.
std::optional<Raster> Preview(LibRaw* raw, uint64_t max_pixels) {
  if (raw->unpack_thumb() != LIBRAW_SUCCESS) return std::nullopt;
  const auto& thumbnail = raw->imgdata.thumbnail;
  const auto* const bytes = reinterpret_cast<const std::byte*>(thumbnail.thumb);
  Raster raster;
  if (thumbnail.tformat == LIBRAW_THUMBNAIL_JPEG) {
    const auto read =
        ReadJpegPixels({bytes, thumbnail.tlength}, {}, [&](const JpegPixels& sizes) -> uint8_t* {
          raster.width = sizes.width;
          raster.height = sizes.height;
          if (!MakeRoom(&raster, max_pixels).ok()) return nullptr;
          return reinterpret_cast<uint8_t*>(raster.samples.data());
        });
    if (!read || !read->ok() || !(*read)->damage.empty()) return std::nullopt;
  } else if (thumbnail.tformat == LIBRAW_THUMBNAIL_BITMAP && thumbnail.tcolors == 3 &&
             uint64_t{3} * thumbnail.twidth * thumbnail.theight <= thumbnail.tlength) {
    raster = RasterOf(thumbnail.twidth, thumbnail.theight,
                      reinterpret_cast<const unsigned char*>(thumbnail.thumb));
  } else {
    return std::nullopt;
  }
  if (std::max(raster.width, raster.height) < kLeastPreviewSide) return std::nullopt;
  return raster;
}

Result<Raster> Develop(LibRaw* raw) {
  auto& parameters = raw->imgdata.params;
  parameters.half_size = 1;
  parameters.use_camera_wb = 1;
  parameters.output_bps = 8;
  parameters.user_flip = 0;
  int code = raw->unpack();
  if (code == LIBRAW_SUCCESS) code = raw->dcraw_process();
  if (code != LIBRAW_SUCCESS) return Failure(code);
  const std::unique_ptr<libraw_processed_image_t, ClearImage> image(
      raw->dcraw_make_mem_image(&code));
  if (!image) return Failure(code);
  if (image->type != LIBRAW_IMAGE_BITMAP || image->colors != 3 || image->bits != 8)
    return Unsupported("unsupported raw: not three colours");
  return RasterOf(image->width, image->height, image->data);
}

}  // namespace

Result<ReadPicture> ReadRaw(const PictureTask& task, const RoomMaker& room) {
  const auto raw = std::make_unique<LibRaw>();
  const int code = raw->open_buffer(const_cast<std::byte*>(task.file.data()), task.file.size());
  if (code != LIBRAW_SUCCESS) return Failure(code);
  const auto& sizes = raw->imgdata.sizes;
  if (uint64_t{sizes.raw_width} * sizes.raw_height > task.max_pixels)
    return OverPixelLimit(sizes.raw_width, sizes.raw_height, task.max_pixels);
  const int orientation = OrientationOf(sizes.flip);
  const int width = sizes.width, height = sizes.height;
  std::optional<Raster> raster = Preview(raw.get(), task.max_pixels);
  if (!raster) {
    HL_ASSIGN(raster, Develop(raw.get()));
  }
  raster->orientation = orientation;
  raster->original_width = std::max(width, raster->width);
  raster->original_height = std::max(height, raster->height);
  return DeliverRaster(std::move(*raster), task, room);
}

}  // namespace hashlens
