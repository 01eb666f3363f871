// Caffe's record of a picture or a feature: the protobuf message Datum of its caffe.proto.
#ifndef HASHLENS_SOURCE_DATUM_H_
#define HASHLENS_SOURCE_DATUM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

struct Datum {
  int32_t channels = 0;
  int32_t height = 0;
  int32_t width = 0;
  std::string_view data;  // planes of pixels, or with `encoded` a picture file
  std::optional<int32_t> label;
  std::vector<float> float_data;
  bool encoded = false;
};

// `data` lies in `bytes`. Unknown fields are passed over; of a field that is there twice, the last
// counts, as protobuf has it. kCorruption for what is no Datum, without a name.
Result<Datum> ParseDatum(std::string_view bytes);

// Fields that are 0, empty or not set are left out.
std::string EncodeDatum(const Datum& datum);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_DATUM_H_
