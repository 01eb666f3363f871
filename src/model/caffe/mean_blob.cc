#include "model/caffe/mean_blob.h"

#include "base/bytes.h"

namespace hashlens {
namespace {

// Fields of a BlobProto, and how protobuf writes them.
constexpr uint64_t kNumField = 1;  // then channels, height, width
constexpr uint64_t kDataField = 5;
constexpr uint64_t kVarintType = 0;
constexpr uint64_t kSizedType = 2;

void PutVarint(std::string* out, uint64_t number) {
  for (; number >= 0x80; number >>= 7) *out += static_cast<char>(number | 0x80);
  *out += static_cast<char>(number);
}

}  // namespace

std::string MeanBlob(const std::array<uint64_t, 4>& shape, std::span<const float> values) {
  std::string bytes;
  for (size_t i = 0; i < shape.size(); ++i) {
    PutVarint(&bytes, (kNumField + i) << 3 | kVarintType);
    PutVarint(&bytes, shape[i]);
  }
  PutVarint(&bytes, kDataField << 3 | kSizedType);
  PutVarint(&bytes, values.size_bytes());
  for (const float value : values) PutLittleEndian(&bytes, value);
  return bytes;
}

}  // namespace hashlens
