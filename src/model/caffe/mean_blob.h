// Writing a mean image for Caffe.
#ifndef HASHLENS_MODEL_CAFFE_MEAN_BLOB_H_
#define HASHLENS_MODEL_CAFFE_MEAN_BLOB_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace hashlens {

// The bytes of a .binaryproto file: a BlobProto (src/caffe/proto/caffe.proto of Caffe) with the
// four dimensions number, channels, height and width, as compute_image_mean writes it. Less than
// 2^31 bytes. values: their product.
std::string MeanBlob(const std::array<uint64_t, 4>& shape, std::span<const float> values);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_MEAN_BLOB_H_
