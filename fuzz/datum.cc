// Caffe's record of a picture or a feature (source/datum.h).
#include "source/datum.h"

#include <algorithm>
#include <bit>

#include "fuzz/input.h"
#include "fuzz/target.h"
#include "source/datum_record.h"

namespace hashlens {
namespace {

bool SameDatum(const Datum& a, const Datum& b) {
  return a.channels == b.channels && a.height == b.height && a.width == b.width &&
         a.data == b.data && a.label == b.label && a.encoded == b.encoded &&
         std::ranges::equal(a.float_data, b.float_data, [](float x, float y) {
           return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y);
         });
}

void FuzzDatum(ByteSpan input) {
  const std::string_view bytes = TextOfInput(input);
  for (const bool rgb : {false, true}) {
    DataOptions options;
    options.rgb = rgb;
    const Record record = RecordOfDatum("key", bytes, options);
    Require(record.problem.ok() != (record.picture.empty() && record.feature.empty()),
            "a record is a picture, a feature or a problem");
  }
  const auto datum = ParseDatum(bytes);
  if (!datum.ok()) return;
  const std::string written = EncodeDatum(*datum);
  const auto again = ParseDatum(written);
  Require(again.ok() && SameDatum(*datum, *again), "what is written is read again");
}

const FuzzTarget kDatum("datum", FuzzDatum);

}  // namespace
}  // namespace hashlens
