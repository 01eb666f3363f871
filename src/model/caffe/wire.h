// The fields of one message in protobuf's binary form, one after the other, without copying.
// Internal to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_WIRE_H_
#define HASHLENS_MODEL_CAFFE_WIRE_H_

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>

#include "base/bytes.h"

namespace hashlens {

// Usage: while (reader.Next()) { ... }, then reader.ok() tells the end from damage.
class WireReader {
 public:
  using Type = google::protobuf::internal::WireFormatLite::WireType;
  static constexpr Type kVarint = google::protobuf::internal::WireFormatLite::WIRETYPE_VARINT;
  static constexpr Type kFixed32 = google::protobuf::internal::WireFormatLite::WIRETYPE_FIXED32;
  static constexpr Type kFixed64 = google::protobuf::internal::WireFormatLite::WIRETYPE_FIXED64;
  static constexpr Type kBytes =
      google::protobuf::internal::WireFormatLite::WIRETYPE_LENGTH_DELIMITED;

  // message: below 2 GiB; outlives the reader.
  explicit WireReader(ByteSpan message)
      : message_(message),
        stream_(reinterpret_cast<const uint8_t*>(message.data()),
                static_cast<int>(message.size())) {}

  // Reads the next field whole. False at the end and at damage. Groups, which Caffe does not use,
  // are damage.
  bool Next();
  bool ok() const { return ok_; }

  int field() const { return field_; }
  Type type() const { return type_; }
  uint64_t number() const { return number_; }  // of kVarint
  ByteSpan bytes() const { return bytes_; }    // of the other types: the value's bytes

 private:
  bool Fail() { return ok_ = false; }
  bool TakeBytes(uint64_t count);

  ByteSpan message_;
  google::protobuf::io::CodedInputStream stream_;
  bool ok_ = true;
  int field_ = 0;
  Type type_ = kVarint;
  uint64_t number_ = 0;
  ByteSpan bytes_;
};

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_WIRE_H_
