// Caffe's binary files: networks with weights (.caffemodel) and mean images (.binaryproto). Walked
// in place, so that what a file claims costs nothing before it is checked. Internal to
// src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_BLOB_FILE_H_
#define HASHLENS_MODEL_CAFFE_BLOB_FILE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

inline constexpr uint64_t kMaxCaffeModelBytes = (uint64_t{1} << 31) - 1;  // protobuf's own limit
inline constexpr uint64_t kMaxBlobValues = uint64_t{1} << 28;
inline constexpr size_t kMaxBlobDims = 32;  // as Caffe has it
inline constexpr size_t kMaxLayerBlobs = 64;

// Numbers with a shape, still in their bytes.
struct CaffeBlob {
  std::vector<int64_t> shape;  // each at least 1; the product is `count`
  uint64_t count = 0;
  ByteSpan message;  // the BlobProto; dies with the file's bytes
};

// The blob in `message`: kCorruption (without the file's name) when it is no BlobProto, or holds
// another number of values than its shape says.
Result<CaffeBlob> ParseBlob(ByteSpan message);
// Its values. kCorruption when one is not finite.
Result<std::vector<float>> BlobValues(const CaffeBlob& blob);

// Layer name -> its blobs, of layers that have any. Of two layers of one name, the last.
using CaffeBlobs = std::map<std::string, std::vector<CaffeBlob>, std::less<>>;

// Of both forms of .caffemodel. kCorruption as of ParseBlob.
Result<CaffeBlobs> ParseCaffeModel(ByteSpan file);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_BLOB_FILE_H_
