// Which reader reads which format.
#ifndef HASHLENS_DECODE_READ_PICTURE_H_
#define HASHLENS_DECODE_READ_PICTURE_H_

#include <cstdint>

#include "decode/picture_reader.h"

namespace hashlens {

// A bit for each ImageFormat that this machine's libraries can read.
uint64_t ReadableFormats();

// The PictureReader of the program hashlens-decode.
Result<ReadPicture> ReadAnyPicture(const PictureTask& task, const RoomMaker& room);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_READ_PICTURE_H_
