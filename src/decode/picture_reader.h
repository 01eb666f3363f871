// What a decoding process is asked for, and what it answers.
#ifndef HASHLENS_DECODE_PICTURE_READER_H_
#define HASHLENS_DECODE_PICTURE_READER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "base/image_format.h"
#include "hashlens/status.h"

namespace hashlens {

struct PictureTask {
  ByteSpan file;
  ImageFormat format = ImageFormat::kPng;  // as its first bytes say
  uint64_t max_pixels = 0;                 // as the header states them
  // The picture may be shrunk as long as its shorter side stays at least this long; 0: never.
  int min_short_side = 0;
  // Of JPEG: 1, 2, 4 or 8: to RGB at one of so many parts, without a profile. 0: by its own
  // colours.
  int jpeg_denominator = 0;
  bool lenient = false;  // keep a damaged picture whose top two thirds are whole
};

// Sizes as the file stores the picture, before it is turned upright.
struct ReadPicture {
  int width = 0;  // of the pixels
  int height = 0;
  int original_width = 0;  // before shrinking
  int original_height = 0;
  int orientation = 1;      // EXIF's number
  std::string damage = {};  // why not all of it is there; empty: it is whole
};

// Memory for so many bytes of pixels, RGB rows from top to bottom without padding. Null when the
// client does not want so many. Called once a picture.
using RoomMaker = std::function<uint8_t*(uint64_t bytes)>;

// kUnsupported, kCorruption (broken), kInvalidArgument (over a limit), kIoError (no memory).
using PictureReader = std::function<Result<ReadPicture>(const PictureTask&, const RoomMaker&)>;

// What a reader returns when there is no room.
inline Status NoRoom() { return InvalidArgument("no room for the pixels"); }

}  // namespace hashlens

#endif  // HASHLENS_DECODE_PICTURE_READER_H_
