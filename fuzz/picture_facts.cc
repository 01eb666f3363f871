// What is read of PNG, GIF and WebP files beside their pixels (decode/png_exif.h,
// decode/first_frame.h).
#include "decode/first_frame.h"
#include "decode/png_exif.h"
#include "fuzz/target.h"
#include "image/format.h"

namespace hashlens {
namespace {

void FuzzPictureFacts(ByteSpan file) {
  const auto format = SniffFormat(file);
  if (format == ImageFormat::kPng) PngExif(file);
  if (format == ImageFormat::kGif || format == ImageFormat::kWebp) {
    const auto box = FirstFrame(file, *format);
    Require(!box || (box->left >= 0 && box->top >= 0 && box->width >= 0 && box->height >= 0),
            "a frame lies on its canvas");
  }
}

const FuzzTarget kPictureFacts("picture_facts", FuzzPictureFacts);

}  // namespace
}  // namespace hashlens
