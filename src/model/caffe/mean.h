// What is subtracted from pictures before a Caffe network sees them. Internal to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_MEAN_H_
#define HASHLENS_MODEL_CAFFE_MEAN_H_

#include <string>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

// In the network's order of channels (usually BGR), channel by channel, row by row.
struct CaffeMean {
  int channels = 0;
  int height = 1;  // 1 x 1: one value a channel
  int width = 1;
  std::vector<float> values;  // channels * height * width
};

// "104,117,123" (a value a channel, or one for all), or a file: .npy (float32 or float64, [C,H,W]
// or [C], C order) or Caffe's .binaryproto. Nothing for an empty text. kInvalidArgument for a text
// that is neither, and for arrays of another kind; kNotFound, kIoError, kCorruption.
Result<CaffeMean> ReadCaffeMean(const std::string& text);

// The mean for a network that sees size x size pixels of the middle of whole x whole: of a mean of
// whole x whole that part (as of CropToSquare), of any other only what fits as it is.
// kInvalidArgument says which sizes fit.
Result<CaffeMean> FitCaffeMean(const CaffeMean& mean, int channels, int size, int whole);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_MEAN_H_
