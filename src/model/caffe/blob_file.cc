#include "model/caffe/blob_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/guard.h"
#include "base/try.h"
#include "caffe_net.pb.h"
#include "model/caffe/prototxt.h"
#include "model/caffe/wire.h"

namespace hashlens {
namespace {

using hashlens_caffe::BlobProto;
using hashlens_caffe::BlobShape;
using hashlens_caffe::LayerParameter;
using hashlens_caffe::NetParameter;
using hashlens_caffe::V1LayerParameter;

Status Damaged() { return Corruption("damaged or cut off: not protobuf's binary form"); }

Status BadShape() {
  return Corruption("a blob's shape is impossible: more than 32 dimensions, or one below 1");
}

// BlobShape: `dim`, packed or one by one.
Status ReadShape(ByteSpan message, std::vector<int64_t>* shape) {
  WireReader reader(message);
  const auto add = [&](uint64_t dim) {
    if (shape->size() == kMaxBlobDims || dim < 1 || dim > kMaxBlobValues) return false;
    shape->push_back(static_cast<int64_t>(dim));
    return true;
  };
  while (reader.Next()) {
    if (reader.field() != BlobShape::kDimFieldNumber) continue;
    if (reader.type() == WireReader::kVarint) {
      if (!add(reader.number())) return BadShape();
    } else if (reader.type() == WireReader::kBytes) {
      google::protobuf::io::CodedInputStream packed(
          reinterpret_cast<const uint8_t*>(reader.bytes().data()),
          static_cast<int>(reader.bytes().size()));
      for (uint64_t dim = 0; packed.CurrentPosition() < static_cast<int>(reader.bytes().size());) {
        if (!packed.ReadVarint64(&dim)) return Damaged();
        if (!add(dim)) return BadShape();
      }
    } else {
      return Damaged();
    }
  }
  return reader.ok() ? Status() : Damaged();
}

// How many values a field of type T holds: alone, or packed.
template <typename T>
bool CountValues(const WireReader& reader, uint64_t* count) {
  const bool alone =
      reader.type() == (sizeof(T) == 4 ? WireReader::kFixed32 : WireReader::kFixed64);
  if (!alone && (reader.type() != WireReader::kBytes || reader.bytes().size() % sizeof(T) != 0))
    return false;
  *count += reader.bytes().size() / sizeof(T);
  return true;
}

template <typename T>
bool AppendValues(ByteSpan bytes, std::vector<float>* values) {
  for (size_t i = 0; i < bytes.size(); i += sizeof(T)) {
    const T value = LoadLittleEndian<T>(&bytes[i]);
    if (!(std::abs(value) <= std::numeric_limits<float>::max())) return false;
    values->push_back(static_cast<float>(value));
  }
  return true;
}

// The blobs of a LayerParameter or V1LayerParameter, and its name.
Status ReadLayer(ByteSpan message, int name_field, int blobs_field, CaffeBlobs* blobs) {
  WireReader reader(message);
  std::string name;
  std::vector<CaffeBlob> found;
  while (reader.Next()) {
    if (reader.type() != WireReader::kBytes) continue;
    if (reader.field() == name_field) {
      name.assign(reinterpret_cast<const char*>(reader.bytes().data()), reader.bytes().size());
    } else if (reader.field() == blobs_field) {
      if (found.size() == kMaxLayerBlobs) return Corruption("a layer has more than 64 blobs");
      HL_ASSIGN(CaffeBlob blob, ParseBlob(reader.bytes()));
      found.push_back(std::move(blob));
    }
  }
  if (!reader.ok()) return Damaged();
  if (!found.empty()) (*blobs)[name] = std::move(found);
  return {};
}

}  // namespace

Result<CaffeBlob> ParseBlob(ByteSpan message) {
  CaffeBlob blob;
  blob.message = message;
  WireReader reader(message);
  bool shaped = false, old = false;
  int64_t old_shape[4] = {1, 1, 1, 1};
  uint64_t floats = 0, doubles = 0;
  while (reader.Next()) {
    const int field = reader.field();
    if (field >= BlobProto::kNumFieldNumber && field <= BlobProto::kWidthFieldNumber) {
      if (reader.type() != WireReader::kVarint) return Damaged();
      if (reader.number() < 1 || reader.number() > kMaxBlobValues) return BadShape();
      old_shape[field - BlobProto::kNumFieldNumber] = static_cast<int64_t>(reader.number());
      old = true;
    } else if (field == BlobProto::kShapeFieldNumber) {
      if (reader.type() != WireReader::kBytes) return Damaged();
      HL_TRY(ReadShape(reader.bytes(), &blob.shape));
      shaped = true;
    } else if (field == BlobProto::kDataFieldNumber) {
      if (!CountValues<float>(reader, &floats)) return Damaged();
    } else if (field == BlobProto::kDoubleDataFieldNumber) {
      if (!CountValues<double>(reader, &doubles)) return Damaged();
    }
  }
  if (!reader.ok()) return Damaged();
  if (!shaped && old) blob.shape.assign(old_shape, old_shape + 4);
  if (!shaped && !old) return Corruption("a blob has no shape");
  if (floats > 0 && doubles > 0) return Corruption("a blob has both float and double values");
  blob.count = 1;
  for (const int64_t dim : blob.shape) {
    if (static_cast<uint64_t>(dim) > kMaxBlobValues / blob.count)
      return Corruption("a blob's shape is of more than 2^28 values");
    blob.count *= static_cast<uint64_t>(dim);
  }
  if (floats + doubles != blob.count) {
    return Corruption("a blob has " + std::to_string(floats + doubles) +
                      " values, but its shape is of " + std::to_string(blob.count));
  }
  return blob;
}

Result<std::vector<float>> BlobValues(const CaffeBlob& blob) {
  std::vector<float> values;
  values.reserve(static_cast<size_t>(blob.count));
  WireReader reader(blob.message);
  while (reader.Next()) {
    bool finite = true;
    if (reader.field() == BlobProto::kDataFieldNumber)
      finite = AppendValues<float>(reader.bytes(), &values);
    if (reader.field() == BlobProto::kDoubleDataFieldNumber)
      finite = AppendValues<double>(reader.bytes(), &values);
    if (!finite) return Corruption("a weight is not a finite number of single precision");
  }
  return values;
}

Result<CaffeBlobs> ParseCaffeModel(ByteSpan file) {
  if (file.size() > kMaxCaffeModelBytes) return Corruption("larger than 2 GiB");
  return GuardExceptions([&]() -> Result<CaffeBlobs> {
    CaffeBlobs blobs;
    WireReader reader(file);
    size_t layers = 0;
    while (reader.Next()) {
      const bool now = reader.field() == NetParameter::kLayerFieldNumber;
      const bool old = reader.field() == NetParameter::kLayersFieldNumber;
      if (!now && !old) continue;
      if (reader.type() != WireReader::kBytes) return Damaged();
      if (++layers > kMaxCaffeLayers) return Corruption("more than 5000 layers");
      const int name =
          now ? int{LayerParameter::kNameFieldNumber} : int{V1LayerParameter::kNameFieldNumber};
      const int values =
          now ? int{LayerParameter::kBlobsFieldNumber} : int{V1LayerParameter::kBlobsFieldNumber};
      HL_TRY(ReadLayer(reader.bytes(), name, values, &blobs));
    }
    if (!reader.ok()) return Damaged();
    if (layers == 0) return Corruption("no layers; not a .caffemodel");
    return blobs;
  });
}

}  // namespace hashlens
