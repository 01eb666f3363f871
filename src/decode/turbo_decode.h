// Plain JPEG by libjpeg-turbo, for clients that want JPEG decoded apart, too.
#ifndef HASHLENS_DECODE_TURBO_DECODE_H_
#define HASHLENS_DECODE_TURBO_DECODE_H_

#include <optional>

#include "decode/picture_reader.h"

namespace hashlens {

// The orientation of a picture whose EXIF data the client has read itself.
inline constexpr int kOrientationOfClient = 0;

// For task.jpeg_denominator > 0: the same pixels as image/jpeg_decode.h makes in the client's own
// process. None when libjpeg-turbo cannot read the file, which libvips may.
std::optional<Result<ReadPicture>> ReadByTurbo(const PictureTask& task, const RoomMaker& room);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_TURBO_DECODE_H_
