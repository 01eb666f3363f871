// File bytes to upright sRGB pixels: JPEG by libjpeg-turbo in this process, everything else in
// another process that can do no harm (image/decode_pool.h).
#ifndef HASHLENS_IMAGE_DECODE_H_
#define HASHLENS_IMAGE_DECODE_H_

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/file.h"
#include "hashlens/status.h"
#include "image/format.h"
#include "image/image.h"

namespace hashlens {

struct DecodeOptions {
  // Width times height as the header states them; checked before any pixel is decoded.
  uint64_t max_pixels = 256'000'000;
  // Of processor time; of wall time a busy machine would take any amount. Another process only.
  int timeout_ms = 60'000;
  // Bytes that another process may use for a picture, beside the file and the result.
  uint64_t max_memory = uint64_t{1} << 30;
  // JPEG in another process, too, with the same pixels.
  bool isolate_jpeg = false;
  // Keep a damaged picture whose top two thirds are whole; it says so.
  bool lenient = false;
  // The decoder may shrink the picture while decoding, as long as its shorter side stays at least
  // this long (or as it was, if it was shorter). 0: never shrink.
  int min_short_side = 0;
};

struct DecodedImage {
  Image image;             // perhaps shrunk, see min_short_side
  int original_width = 0;  // upright, before shrinking
  int original_height = 0;
  ImageFormat format = ImageFormat::kJpeg;
  std::string damage;  // why not all of it is there, in the decoder's words; empty: it is whole
};

// One frame (the first of an animation or the first page). EXIF orientation is applied, alpha laid
// over a ground (base/ground.h), CMYK, 16 bit, grey, palette and embedded ICC profiles converted to
// sRGB. Thread-safe. Errors say why, without the path, which the caller knows: kUnsupported: not a
// picture, or a format that this machine cannot decode; kCorruption: truncated or broken;
// kInvalidArgument: over a limit; kIoError: the machine has not enough memory or processes. And one
// that is no fault of the file: kNotFound: the program hashlens-decode is missing or does not work,
// so that no other picture can be read either; the message says where it was looked for and how to
// mend it.
Result<DecodedImage> DecodeImage(ByteSpan file, const DecodeOptions& options);

// Whether it is that last error.
inline bool IsNoDecoder(const Status& status) { return status.code() == StatusCode::kNotFound; }

// The program that decodes apart, and what the system keeps it from.
struct DecoderState {
  Path program;   // empty when it was not found
  Status status;  // why it does not work
  bool no_new_privileges = false;
  bool system_call_filter = false;  // seccomp
  int landlock = 0;                 // version in force; 0: none
};
// Starts the process if it is not there yet. Thread-safe.
DecoderState AskDecoder();

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_DECODE_H_
