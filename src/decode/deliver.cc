#include "decode/deliver.h"

#include <vips/vips.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/damage.h"
#include "base/ground.h"
#include "base/try.h"
#include "decode/raster_picture.h"
#include "decode/vips_colour.h"

namespace hashlens {
namespace {

// Rows that are computed at once: few, so that a much shrunk picture's source rows stay in cache,
// and that little is lost where the file ends (libvips itself shrinks ten rows at a time).
constexpr int kMostStripRows = 16, kSourceRows = 64;

struct UnrefRegion {
  void operator()(VipsRegion* region) const { g_object_unref(region); }
};

// Computes the picture's rows (bands of 8 bits) from top to bottom into `to`, on this thread.
// Returns how many there are before the first that cannot be computed.
int CopyRows(VipsImage* pixels, int shrink, uint8_t* to) {
  const std::unique_ptr<VipsRegion, UnrefRegion> region(vips_region_new(pixels));
  if (!region) return 0;
  const int width = vips_image_get_width(pixels), height = vips_image_get_height(pixels);
  const size_t row_bytes =
      static_cast<size_t>(vips_image_get_bands(pixels)) * static_cast<size_t>(width);
  const int strip_rows = std::clamp(kSourceRows / shrink, 1, kMostStripRows);
  for (int top = 0; top < height; top += strip_rows) {
    const VipsRect strip = {0, top, width, std::min(strip_rows, height - top)};
    if (vips_region_prepare(region.get(), &strip) != 0) return top;
    for (int row = 0; row < strip.height; ++row, to += row_bytes)
      std::memcpy(to, VIPS_REGION_ADDR(region.get(), 0, top + row), row_bytes);
  }
  return height;
}

}  // namespace

int ShrinkFor(int short_side, int min_short_side) {
  return min_short_side <= 0 ? 1 : std::max(1, short_side / min_short_side);
}

Result<ReadPicture> Deliver(VipsPicture picture, int shrink, ReadPicture read,
                            const PictureTask& task, const RoomMaker& room) {
  if (!ShrinkToSrgb(&picture, shrink)) return VipsFailure(task.format);
  read.width = vips_image_get_width(picture.get());
  read.height = vips_image_get_height(picture.get());
  const auto pixel_count = static_cast<uint64_t>(read.width) * static_cast<uint64_t>(read.height);
  const auto bands = static_cast<size_t>(vips_image_get_bands(picture.get()));
  // Room is asked for once: where the caller may try another way, only for what has come out well.
  const bool apart = bands == 4 || task.min_short_side > 0;
  std::vector<uint8_t> own(apart ? bands * pixel_count : 0);
  uint8_t* pixels = apart ? nullptr : room(3 * pixel_count);
  if (!apart && pixels == nullptr) return NoRoom();
  uint8_t* const rows = apart ? own.data() : pixels;
  const int whole = CopyRows(picture.get(), shrink, rows);
  if (whole < read.height) {
    const Status failure = VipsFailure(task.format);
    if (failure.code() != StatusCode::kCorruption) return failure;
    HL_TRY(KeepDamaged(failure.message(), whole, read.height, task.lenient, &read.damage));
    const size_t row_bytes = bands * static_cast<size_t>(read.width);
    std::fill(rows + static_cast<size_t>(whole) * row_bytes,
              rows + static_cast<size_t>(read.height) * row_bytes, kMissingSample);
  }
  if (apart) {
    if (bands == 4) own = LayOverGround(own);
    pixels = room(own.size());
    if (pixels == nullptr) return NoRoom();
    std::memcpy(pixels, own.data(), own.size());
  }
  ForgetVipsErrors();
  return read;
}

Result<ReadPicture> DeliverRaster(Raster raster, const PictureTask& task, const RoomMaker& room) {
  ReadPicture read;
  if (!raster.damage.empty()) {
    const std::string why = "broken " + std::string(FormatName(task.format)) + ": " + raster.damage;
    HL_TRY(KeepDamaged(why, raster.whole_rows, raster.height, task.lenient, &read.damage));
  }
  SettleRaster(&raster);
  VipsPicture picture = PictureOf(raster);
  if (!picture) return VipsFailure(task.format);
  read.original_width = raster.original_width > 0 ? raster.original_width : raster.width;
  read.original_height = raster.original_height > 0 ? raster.original_height : raster.height;
  read.orientation = raster.orientation;
  const int shrink = ShrinkFor(std::min(raster.width, raster.height), task.min_short_side);
  return Deliver(std::move(picture), shrink, std::move(read), task, room);
}

}  // namespace hashlens
