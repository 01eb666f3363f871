// Any picture that libvips can load, to sRGB as the file stores it.
#ifndef HASHLENS_DECODE_VIPS_DECODE_H_
#define HASHLENS_DECODE_VIPS_DECODE_H_

#include "decode/picture_reader.h"
#include "decode/tiff_facts.h"

namespace hashlens {

// A PictureReader. `tiff`: of a TIFF, what is known of it.
Result<ReadPicture> ReadByVips(const PictureTask& task, const RoomMaker& room,
                               const TiffFacts* tiff = nullptr);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_VIPS_DECODE_H_
