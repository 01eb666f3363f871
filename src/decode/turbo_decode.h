// JPEG by libjpeg-turbo, for clients that want it decoded apart, and for CMYK and colour profiles.
#ifndef HASHLENS_DECODE_TURBO_DECODE_H_
#define HASHLENS_DECODE_TURBO_DECODE_H_

#include "decode/picture_reader.h"

namespace hashlens {

// The orientation of a picture whose EXIF data the client has read itself.
inline constexpr int kOrientationOfClient = 0;

// A PictureReader. With a task.jpeg_denominator the same pixels as image/jpeg_decode.h makes in the
// client's own process; otherwise by the file's own colours and profile.
Result<ReadPicture> ReadByTurbo(const PictureTask& task, const RoomMaker& room);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_TURBO_DECODE_H_
