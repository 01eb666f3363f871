// Any picture that libvips can load, to sRGB as the file stores it.
#ifndef HASHLENS_DECODE_VIPS_DECODE_H_
#define HASHLENS_DECODE_VIPS_DECODE_H_

#include "decode/picture_reader.h"

namespace hashlens {

// A PictureReader for every format; task.jpeg_denominator is not looked at.
Result<ReadPicture> ReadByVips(const PictureTask& task, const RoomMaker& room);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_VIPS_DECODE_H_
