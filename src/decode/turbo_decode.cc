#include "decode/turbo_decode.h"

#include <turbojpeg.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/decoder_words.h"

namespace hashlens {
namespace {

struct DestroyHandle {
  void operator()(void* handle) const { tjDestroy(handle); }
};

Status Failure(std::string_view text) {
  if (SaysNoMemory(text)) return IoError("not enough memory for the picture");
  if (text.find("nsupported") != text.npos) return Unsupported("jpeg: " + std::string(text));
  return Corruption("jpeg: " + std::string(text));
}

}  // namespace

std::optional<Result<ReadPicture>> ReadByTurbo(const PictureTask& task, const RoomMaker& room) {
  const std::unique_ptr<void, DestroyHandle> handle(tjInitDecompress());
  if (!handle) return IoError("jpeg: no memory for a decompressor");
  const auto* bytes = reinterpret_cast<const unsigned char*>(task.file.data());
  ReadPicture read;
  int subsampling = 0, colours = 0;
  if (tjDecompressHeader3(handle.get(), bytes, task.file.size(), &read.original_width,
                          &read.original_height, &subsampling, &colours) != 0 &&
      tjGetErrorCode(handle.get()) == TJERR_FATAL)
    return std::nullopt;
  const auto width = static_cast<uint64_t>(read.original_width);
  const auto height = static_cast<uint64_t>(read.original_height);
  if (width == 0 || height == 0 || width > task.max_pixels / height) return std::nullopt;
  const tjscalingfactor scale{1, task.jpeg_denominator};
  read.width = TJSCALED(read.original_width, scale);
  read.height = TJSCALED(read.original_height, scale);
  read.orientation = kOrientationOfClient;
  uint8_t* pixels =
      room(uint64_t{3} * static_cast<uint64_t>(read.width) * static_cast<uint64_t>(read.height));
  if (pixels == nullptr) return NoRoom();
  if (tjDecompress2(handle.get(), bytes, task.file.size(), pixels, read.width, 0, read.height,
                    TJPF_RGB, TJFLAG_LIMITSCANS) != 0) {
    const std::string_view text = tjGetErrorStr2(handle.get());
    if (tjGetErrorCode(handle.get()) == TJERR_FATAL || MeansJpegDamage(text)) return Failure(text);
  }
  return read;
}

}  // namespace hashlens
