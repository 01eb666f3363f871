#include "image/decode_apart.h"

#include <utility>

#include "base/try.h"
#include "image/decode_pool.h"
#include "image/decode_program.h"
#include "image/orient.h"
#include "image/plain_headers.h"

namespace hashlens {

Result<DecodedImage> DecodeApart(ByteSpan file, ImageFormat format, const DecodeOptions& options,
                                 const KnownJpeg* jpeg) {
  if (format == ImageFormat::kPng) HL_TRY(CheckPngChunks(file));
  ApartRequest request;
  request.file = file;
  request.format = format;
  request.jpeg_denominator = jpeg != nullptr ? jpeg->denominator : 0;
  request.min_short_side = options.min_short_side;
  request.max_pixels = options.max_pixels;
  request.max_memory = options.max_memory;
  request.timeout_ms = options.timeout_ms;
  request.lenient = options.lenient;
  HL_ASSIGN(ApartPicture picture, DecodePool::Shared().Decode(request));
  int orientation = picture.orientation;
  if (orientation == 0) orientation = jpeg != nullptr ? jpeg->orientation : 1;
  DecodedImage decoded;
  decoded.format = format;
  decoded.original_width = picture.original_width;
  decoded.original_height = picture.original_height;
  if (SwapsSides(orientation)) std::swap(decoded.original_width, decoded.original_height);
  decoded.damage = std::move(picture.damage);
  decoded.image = Upright(std::move(picture.image), orientation);
  return decoded;
}

DecoderState AskDecoder() {
  DecoderState state;
  auto program = FindDecodeProgram();
  if (!program.ok()) {
    state.status = program.status();
    return state;
  }
  state.program = std::move(*program);
  const auto hello = DecodePool::Shared().Hello();
  state.status = hello.status();
  if (!hello.ok()) return state;
  state.no_new_privileges = (hello->facts & kNoNewPrivileges) != 0;
  state.system_call_filter = (hello->facts & kSystemCallFilter) != 0;
  state.landlock = hello->landlock;
  return state;
}

}  // namespace hashlens
