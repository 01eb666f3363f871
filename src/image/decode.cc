#include "image/decode.h"

#include <new>

#include "base/guard.h"
#include "image/decode_apart.h"
#include "image/jpeg_decode.h"
#include "image/limits.h"

namespace hashlens {

Result<DecodedImage> DecodeImage(ByteSpan file, const DecodeOptions& options) {
  if (file.empty()) return Unsupported("not a picture: the file is empty");
  const auto format = SniffFormat(file);
  if (!format) return Unsupported("not a picture of a known format");
  try {
    if (*format == ImageFormat::kJpeg) return DecodeJpeg(file, options);
    return DecodeApart(file, *format, options);
  } catch (const std::bad_alloc&) {
    return NotEnoughMemory();
  } catch (...) {  // no thread
    return CaughtStatus();
  }
}

}  // namespace hashlens
