// Weights of Caffe networks, and mean images (model/caffe/blob_file.h).
#include "fuzz/target.h"
#include "model/caffe/blob_file.h"

namespace hashlens {
namespace {

void CheckBlob(const CaffeBlob& blob) {
  const auto values = BlobValues(blob);
  Require(!values.ok() || values->size() == blob.count, "a blob has as many values as its shape");
}

void FuzzCaffeModel(ByteSpan file) {
  if (const auto blob = ParseBlob(file); blob.ok()) CheckBlob(*blob);
  const auto blobs = ParseCaffeModel(file);
  if (!blobs.ok()) return;
  for (const auto& [layer, of_layer] : *blobs) {
    for (const CaffeBlob& blob : of_layer) CheckBlob(blob);
  }
}

const FuzzTarget kCaffeModel("caffemodel", FuzzCaffeModel);

}  // namespace
}  // namespace hashlens
