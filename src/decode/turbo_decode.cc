#include "decode/turbo_decode.h"

#include <string>
#include <utility>

#include "base/damage.h"
#include "base/jpeg_pixels.h"
#include "base/try.h"
#include "decode/deliver.h"
#include "decode/raster.h"

namespace hashlens {
namespace {

Status NoHeader() { return Corruption("jpeg: its header cannot be read"); }

// To RGB in the client's memory.
Result<ReadPicture> ReadPlain(const PictureTask& task, const RoomMaker& room) {
  Status refused = NoHeader();
  const auto pixels =
      ReadJpegPixels(task.file, {task.jpeg_denominator}, [&](const JpegPixels& sizes) -> uint8_t* {
        const auto width = static_cast<uint64_t>(sizes.original_width);
        const auto height = static_cast<uint64_t>(sizes.original_height);
        if (width == 0 || height == 0 || width > task.max_pixels / height) return nullptr;
        refused = NoRoom();
        return room(uint64_t{3} * static_cast<uint64_t>(sizes.width) *
                    static_cast<uint64_t>(sizes.height));
      });
  if (!pixels) return refused;
  if (!pixels->ok()) return pixels->status();
  const JpegPixels& made = **pixels;
  ReadPicture read;
  read.original_width = made.original_width;
  read.original_height = made.original_height;
  read.width = made.width;
  read.height = made.height;
  read.orientation = kOrientationOfClient;
  HL_TRY(KeepDamaged(made.damage, made.whole_rows, made.height, task.lenient, &read.damage));
  return read;
}

// By its own colours and profile.
Result<ReadPicture> ReadColours(const PictureTask& task, const RoomMaker& room) {
  Raster raster;
  Status refused = NoHeader();
  const auto pixels = ReadJpegPixels(
      task.file, {1, true, task.min_short_side}, [&](const JpegPixels& sizes) -> uint8_t* {
        raster.width = sizes.width;
        raster.height = sizes.height;
        raster.original_width = sizes.original_width;
        raster.original_height = sizes.original_height;
        raster.colour = sizes.bands == 1   ? RasterColour::kGrey
                        : sizes.bands == 4 ? RasterColour::kCmyk
                                           : RasterColour::kRgb;
        refused = MakeRoom(&raster, task.max_pixels);
        return refused.ok() ? reinterpret_cast<uint8_t*>(raster.samples.data()) : nullptr;
      });
  if (!pixels) return refused;
  if (!pixels->ok()) return pixels->status();
  raster.icc = (*pixels)->icc;
  raster.orientation = kOrientationOfClient;
  std::string damage;
  HL_TRY(
      KeepDamaged((*pixels)->damage, (*pixels)->whole_rows, raster.height, task.lenient, &damage));
  HL_ASSIGN(ReadPicture read, DeliverRaster(std::move(raster), task, room));
  read.damage = std::move(damage);
  return read;
}

}  // namespace

Result<ReadPicture> ReadByTurbo(const PictureTask& task, const RoomMaker& room) {
  return task.jpeg_denominator > 0 ? ReadPlain(task, room) : ReadColours(task, room);
}

}  // namespace hashlens
