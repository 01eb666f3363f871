#include "model/caffe/wire.h"

namespace hashlens {

using google::protobuf::internal::WireFormatLite;

bool WireReader::TakeBytes(uint64_t count) {
  const auto at = static_cast<size_t>(stream_.CurrentPosition());
  if (count > message_.size() - at || !stream_.Skip(static_cast<int>(count))) return Fail();
  bytes_ = message_.subspan(at, static_cast<size_t>(count));
  return true;
}

bool WireReader::Next() {
  if (!ok_) return false;
  const uint32_t tag = stream_.ReadTag();
  if (tag == 0) return stream_.ConsumedEntireMessage() ? false : Fail();
  field_ = WireFormatLite::GetTagFieldNumber(tag);
  type_ = WireFormatLite::GetTagWireType(tag);
  if (field_ == 0) return Fail();
  switch (type_) {
    case kVarint:
      return stream_.ReadVarint64(&number_) || Fail();
    case kFixed32:
      return TakeBytes(4);
    case kFixed64:
      return TakeBytes(8);
    case kBytes: {
      uint32_t length = 0;
      if (!stream_.ReadVarint32(&length)) return Fail();
      return TakeBytes(length);
    }
    default:
      return Fail();
  }
}

}  // namespace hashlens
