// The public limits of pictures, as the decoder takes them.
#ifndef HASHLENS_LIBRARY_DECODE_LIMITS_H_
#define HASHLENS_LIBRARY_DECODE_LIMITS_H_

#include "hashlens/options.h"
#include "image/decode.h"

namespace hashlens {

inline DecodeOptions LimitsOf(const Limits& limits) {
  DecodeOptions options;
  options.max_pixels = limits.max_pixels;
  options.timeout_ms = limits.timeout_ms;
  options.max_memory = limits.max_memory;
  options.isolate_jpeg = limits.isolate == Isolation::kAll;
  options.lenient = !limits.strict;
  return options;
}

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_DECODE_LIMITS_H_
