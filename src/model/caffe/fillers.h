// Weights to begin a training with, as a prototxt's fillers draw them. Internal to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_FILLERS_H_
#define HASHLENS_MODEL_CAFFE_FILLERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "model/caffe/layer_context.h"

namespace hashlens {

// A stream of numbers that the seed decides, with an end.
class FillerRandom {
 public:
  explicit FillerRandom(uint64_t seed) : random_(seed) {}
  double Uniform(double low, double high) { return low + (high - low) * random_.Uniform(); }
  double Normal() { return random_.Normal(); }  // mean 0, variance 1
  // Whether so many numbers more may be drawn: 2^28 in all, as many as a package holds.
  bool MayDraw(int64_t count);

 private:
  Random random_;
  int64_t left_ = int64_t{1} << 28;
};

// A layer's blobs with the bytes that they point into.
struct DrawnBlobs {
  std::vector<std::string> bytes;
  std::vector<CaffeBlob> blobs;
};

// What Caffe puts into the layer's blobs before training: constant, uniform, gaussian, xavier and
// msra fillers. Filters and matrices without a filler are drawn as by xavier, for zeros, which
// Caffe takes, never learn. Nothing for a layer without blobs. kUnsupported for other fillers.
Result<DrawnBlobs> DrawBlobs(const LayerContext& context, FillerRandom* random);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_FILLERS_H_
