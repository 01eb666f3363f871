// What tests of the readers compare.
#ifndef HASHLENS_DECODE_TEST_SAMPLES_H_
#define HASHLENS_DECODE_TEST_SAMPLES_H_

#include <cstdint>
#include <cstring>
#include <string>

#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// The samples of 8 or 16 bits as numbers with blanks between them; of a failure its message.
inline std::string Samples(const Result<Raster>& raster) {
  if (!raster.ok()) return raster.status().message();
  std::string text;
  const size_t step = SampleBytes(raster->type);
  for (size_t at = 0; at < raster->samples.size(); at += step) {
    uint16_t value = 0;
    if (step == 1) value = std::to_integer<uint16_t>(raster->samples[at]);
    if (step == 2) std::memcpy(&value, &raster->samples[at], 2);
    text += (text.empty() ? "" : " ") + std::to_string(value);
  }
  return text;
}

}  // namespace hashlens

#endif  // HASHLENS_DECODE_TEST_SAMPLES_H_
