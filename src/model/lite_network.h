// EfficientNet-Lite (Tan and Le 2019, without squeeze-and-excite, ReLU6): its layers, for whoever
// builds it in an engine, and the network file that OpenVINO runs.
#ifndef HASHLENS_MODEL_LITE_NETWORK_H_
#define HASHLENS_MODEL_LITE_NETWORK_H_

#include <string>
#include <vector>

#include "model/tensor_file.h"

namespace hashlens {

// One convolution with its batch-norm. Padding is TensorFlow's SAME: with stride 2 one more at the
// end than at the start where the total is odd.
struct LiteConv {
  std::string conv;  // the kernel is tensor "<conv>.weight", [out, in, k, k] or [out, 1, k, k]
  std::string norm;  // "<norm>.weight", ".bias", ".running_mean", ".running_var", [out] each
  int in = 0;
  int out = 0;
  int kernel = 1;
  int stride = 1;
  bool depthwise = false;
  bool relu6 = true;
};

struct LiteBlock {
  std::vector<LiteConv> convs;
  bool residual = false;  // the block's input is added to its output
};

// In order from the picture to the last convolution, whose mean over all places is the feature.
// Names are those of the published weights.
struct LiteNetwork {
  std::vector<LiteBlock> blocks;  // stem, 16 blocks, head
  int feature_dim = 0;
};

inline constexpr double kLiteNormEpsilon = 1e-3;

// One of the published networks: variant 0, 1 or 2, each wider, deeper or both than the one before.
LiteNetwork Lite(int variant);
inline LiteNetwork Lite0() { return Lite(0); }
// Pixels that it was made for: 224, 240, 260.
int LiteInputSize(int variant);
// Narrow and shallow, 48 dimensions: for tests.
LiteNetwork LiteTiny();

// kCorruption when a tensor is missing or has another shape, naming it.
Status CheckLiteWeights(const LiteNetwork& network, const NamedTensors& weights);

struct LiteExport {
  int input_size = 224;  // pixels
  // The feature is the mean of those of the picture and of its mirror image; doubles the work.
  bool mirror = false;
};

// Writes `xml` and the .bin beside it: input float32 [N,3,S,S] after normalising, output [N,dim];
// batch-norms folded into the convolutions. kIoError, kInvalidArgument, and as CheckLiteWeights.
Status SaveLiteNetwork(const LiteNetwork& network, const NamedTensors& weights,
                       const LiteExport& options, const Path& xml);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_LITE_NETWORK_H_
