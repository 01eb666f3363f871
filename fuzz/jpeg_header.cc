// The walk over a JPEG file's markers, with EXIF and the profile (image/jpeg_header.h).
#include "image/jpeg_header.h"

#include "base/icc.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

void FuzzJpegHeader(ByteSpan file) {
  const auto header = ReadJpegHeader(file);
  if (!header.ok()) return;
  Require(header->width > 0 && header->width < 65'536 && header->height > 0 &&
              header->height < 65'536 && header->components > 0 && header->scans > 0,
          "a JPEG that is taken has pixels");
  Require(header->orientation >= 1 && header->orientation <= 8, "orientation is 1 to 8");
  Require(header->icc.size() <= file.size(), "the profile is part of the file");
  ClassifyProfile(header->icc, header->components);
}

const FuzzTarget kJpegHeader("jpeg_header", FuzzJpegHeader);

}  // namespace
}  // namespace hashlens
