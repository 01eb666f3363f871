#include "source/datum_record.h"

#include <algorithm>
#include <cmath>

#include "base/try.h"
#include "source/datum.h"
#include "source/raw_picture.h"

namespace hashlens {
namespace {

Status WrongCount(const char* what, uint64_t has, uint64_t wants) {
  return Corruption(std::string(what) + " has " + std::to_string(has) + " values in the place of " +
                    std::to_string(wants));
}

Status FillFloats(const Datum& datum, const PixelLayout& layout, Record* record) {
  const std::vector<float>& numbers = datum.float_data;
  if (datum.height <= 1 && datum.width <= 1) {
    const auto channels = static_cast<uint64_t>(std::max(datum.channels, 0));
    if (channels != 0 && channels != numbers.size())
      return WrongCount("float_data", numbers.size(), channels);
    if (!std::all_of(numbers.begin(), numbers.end(), [](float n) { return std::isfinite(n); }))
      return Corruption("float_data is not finite");
    record->feature = numbers;
    return {};
  }
  HL_ASSIGN(const uint64_t values, PixelValues(layout, kMaxRecordBytes));
  if (values != numbers.size()) return WrongCount("float_data", numbers.size(), values);
  HL_ASSIGN(const std::string pixels, PixelsOf(numbers));
  record->picture = PnmOf(layout, pixels);
  return {};
}

Status Fill(const Datum& datum, const DataOptions& options, Record* record) {
  if (datum.encoded) {
    if (datum.data.empty()) return Corruption("an encoded picture without bytes");
    record->picture = datum.data;
    return {};
  }
  const PixelLayout layout{datum.channels, datum.height, datum.width, true, options.rgb};
  if (!datum.data.empty()) {
    HL_ASSIGN(const uint64_t values, PixelValues(layout, kMaxRecordBytes));
    if (values != datum.data.size()) return WrongCount("data", datum.data.size(), values);
    record->picture = PnmOf(layout, datum.data);
    return {};
  }
  if (datum.float_data.empty()) return Corruption("a Datum without data");
  return FillFloats(datum, layout, record);
}

}  // namespace

Record RecordOfDatum(std::string key, std::string_view value, const DataOptions& options) {
  Record record;
  record.key = std::move(key);
  const Result<Datum> datum = ParseDatum(value);
  if (!datum.ok()) {
    record.problem = datum.status();
    return record;
  }
  record.label = datum->label;
  record.problem = Fill(*datum, options, &record);
  return record;
}

}  // namespace hashlens
