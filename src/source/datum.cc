#include "source/datum.h"

#include "base/bytes.h"
#include "base/try.h"
#include "source/varint.h"

namespace hashlens {
namespace {

// Numbers of the fields of Datum.
enum Field : uint64_t {
  kChannels = 1,
  kHeight = 2,
  kWidth = 3,
  kData = 4,
  kLabel = 5,
  kFloatData = 6,
  kEncoded = 7,
};

enum WireType : uint64_t { kVarint = 0, kFixed64 = 1, kSized = 2, kFixed32 = 5 };

Status NoDatum(const char* why) { return Corruption(std::string("not a Datum: ") + why); }

float FloatAt(std::string_view bytes) { return LoadLittleEndian<float>(AsBytes(bytes).data()); }

// What one field holds: a number, or bytes.
struct Value {
  uint64_t number = 0;
  std::string_view bytes;
};

Status TakeValue(uint64_t type, std::string_view* rest, Value* value) {
  size_t fixed = 0;
  switch (type) {
    case kVarint:
      return TakeVarint(rest, &value->number) ? Status() : NoDatum("a number is cut off");
    case kSized:
      return TakeSized(rest, &value->bytes) ? Status() : NoDatum("a field is cut off");
    case kFixed32:
      fixed = sizeof(uint32_t);
      break;
    case kFixed64:
      fixed = sizeof(uint64_t);
      break;
    default:
      return NoDatum("a field of unknown type");
  }
  if (rest->size() < fixed) return NoDatum("a field is cut off");
  value->bytes = rest->substr(0, fixed);
  rest->remove_prefix(fixed);
  return {};
}

Status SetNumber(uint64_t field, uint64_t number, Datum* datum) {
  // A negative int32 is written as its 64 bits.
  const auto value = static_cast<int32_t>(static_cast<uint32_t>(number));
  switch (field) {
    case kChannels:
      datum->channels = value;
      break;
    case kHeight:
      datum->height = value;
      break;
    case kWidth:
      datum->width = value;
      break;
    case kLabel:
      datum->label = value;
      break;
    default:
      datum->encoded = number != 0;
  }
  return {};
}

Status SetFloats(uint64_t type, std::string_view bytes, Datum* datum) {
  if (type != kFixed32 && type != kSized) return NoDatum("float_data is of another type");
  if (bytes.size() % sizeof(float) != 0) return NoDatum("float_data is cut off");
  datum->float_data.reserve(datum->float_data.size() + bytes.size() / sizeof(float));
  for (; !bytes.empty(); bytes.remove_prefix(sizeof(float)))
    datum->float_data.push_back(FloatAt(bytes));
  return {};
}

Status SetField(uint64_t field, uint64_t type, const Value& value, Datum* datum) {
  switch (field) {
    case kChannels:
    case kHeight:
    case kWidth:
    case kLabel:
    case kEncoded:
      if (type != kVarint) return NoDatum("a number is of another type");
      return SetNumber(field, value.number, datum);
    case kData:
      if (type != kSized) return NoDatum("data is of another type");
      datum->data = value.bytes;
      return {};
    case kFloatData:
      return SetFloats(type, value.bytes, datum);
    default:
      return {};
  }
}

void PutNumber(Field field, uint64_t number, std::string* out) {
  PutVarint(out, field << 3 | kVarint);
  PutVarint(out, number);
}

}  // namespace

Result<Datum> ParseDatum(std::string_view bytes) {
  Datum datum;
  while (!bytes.empty()) {
    uint64_t tag = 0;
    if (!TakeVarint(&bytes, &tag)) return NoDatum("a field's number is cut off");
    const uint64_t field = tag >> 3;
    const uint64_t type = tag & 7;
    if (field == 0) return NoDatum("a field has number 0");
    Value value;
    HL_TRY(TakeValue(type, &bytes, &value));
    HL_TRY(SetField(field, type, value, &datum));
  }
  return datum;
}

std::string EncodeDatum(const Datum& datum) {
  std::string out;
  const auto put = [&](Field field, int32_t number) {
    if (number != 0) PutNumber(field, static_cast<uint64_t>(int64_t{number}), &out);
  };
  put(kChannels, datum.channels);
  put(kHeight, datum.height);
  put(kWidth, datum.width);
  if (!datum.data.empty()) {
    PutVarint(&out, kData << 3 | kSized);
    PutVarint(&out, datum.data.size());
    out += datum.data;
  }
  if (datum.label) PutNumber(kLabel, static_cast<uint64_t>(int64_t{*datum.label}), &out);
  for (const float number : datum.float_data) {
    PutVarint(&out, kFloatData << 3 | kFixed32);
    PutLittleEndian(&out, number);
  }
  if (datum.encoded) PutNumber(kEncoded, 1, &out);
  return out;
}

}  // namespace hashlens
