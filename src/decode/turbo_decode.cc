#include "decode/turbo_decode.h"

#include "base/damage.h"
#include "base/jpeg_pixels.h"

namespace hashlens {

std::optional<Result<ReadPicture>> ReadByTurbo(const PictureTask& task, const RoomMaker& room) {
  ReadPicture read;
  bool no_room = false;
  const auto pixels =
      ReadJpegPixels(task.file, task.jpeg_denominator, [&](const JpegPixels& sizes) -> uint8_t* {
        const auto width = static_cast<uint64_t>(sizes.original_width);
        const auto height = static_cast<uint64_t>(sizes.original_height);
        if (width == 0 || height == 0 || width > task.max_pixels / height) return nullptr;
        uint8_t* const memory = room(uint64_t{3} * static_cast<uint64_t>(sizes.width) *
                                     static_cast<uint64_t>(sizes.height));
        no_room = memory == nullptr;
        return memory;
      });
  if (no_room) return NoRoom();
  if (!pixels) return std::nullopt;
  if (!pixels->ok()) return pixels->status();
  const JpegPixels& made = **pixels;
  read.original_width = made.original_width;
  read.original_height = made.original_height;
  read.width = made.width;
  read.height = made.height;
  read.orientation = kOrientationOfClient;
  if (!made.damage.empty()) {
    if (!task.lenient || !EnoughIsWhole(made.whole_rows, made.height))
      return Corruption(made.damage);
    read.damage = DamageText(made.damage, made.whole_rows, made.height);
  }
  return read;
}

}  // namespace hashlens
