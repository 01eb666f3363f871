// Raw pictures of cameras, by LibRaw.
#ifndef HASHLENS_DECODE_RAW_READER_H_
#define HASHLENS_DECODE_RAW_READER_H_

#include "decode/picture_reader.h"

namespace hashlens {

// The preview that the camera has put into the file, which looks as the photographer knows the
// picture; without one, the sensor's data developed at half the size. kUnsupported: not known to
// LibRaw; kCorruption; kInvalidArgument: over the limit.
Result<ReadPicture> ReadRaw(const PictureTask& task, const RoomMaker& room);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_RAW_READER_H_
