// A JPEG file's markers (ITU-T T.81 annex B): what must be known before its pixels are decoded.
#ifndef HASHLENS_IMAGE_JPEG_HEADER_H_
#define HASHLENS_IMAGE_JPEG_HEADER_H_

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

struct JpegHeader {
  int width = 0;  // as stored, before orientation
  int height = 0;
  int components = 0;
  int scans = 0;
  int orientation = 1;         // EXIF
  std::vector<std::byte> icc;  // the embedded profile, empty without one
};

// Walks from marker to marker through the whole file in one pass; no entropy-coded data is decoded.
// kCorruption when the file ends before its end-of-image marker, or is too short for the blocks
// that its frame header promises, so that memory is only ever reserved for pictures that are there.
Result<JpegHeader> ReadJpegHeader(ByteSpan file);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_JPEG_HEADER_H_
