// A package's network as a list of operations, for training: what network.xml says, without
// OpenVINO. Both importers and `train` write such files, so one reader serves them all.
#ifndef HASHLENS_MODEL_NETWORK_PLAN_H_
#define HASHLENS_MODEL_NETWORK_PLAN_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

enum class PlanKind {
  kConvolution,  // value, kernel [out, in / groups, rows, columns]
  kLinear,       // value [N, in], matrix [out, in] (or [in, out] with `transposed`)
  kBatchNorm,    // value, then gamma, beta, mean, variance, each [channels]; `epsilon`
  kAdd,          // the next seven: two operands, broadcast as in NumPy
  kSubtract,
  kMultiply,
  kDivide,
  kMaximum,
  kMinimum,
  kPower,
  kRelu,
  kPRelu,  // value, slopes, along the channels
  kClamp,  // to low .. high
  kSigmoid,
  kTanh,
  kSoftmax,  // along axes[0]
  kLrn,      // across channels: x / (bias + alpha / size * sum of squares)^beta
  kMaxPool,
  kMeanPool,
  kMean,     // over `axes`, to `shape`
  kConcat,   // along axes[0]
  kReshape,  // to `shape`
  kGather,   // the entries `indices` along axes[0]
};

// Numbers of the network.
struct PlanTensor {
  std::string name;  // of its node in the network; unique
  std::vector<int64_t> shape;
  std::vector<float> values;  // finite
  bool trained = false;       // a weight; otherwise a number that training leaves as it is
  bool statistic = false;     // the mean or variance of a batch norm
  double rate = 1;            // times the rate of learning; a prototxt's lr_mult
  double decay = 1;           // times the weight decay; a prototxt's decay_mult
};

// An operand: one of the two is set.
struct PlanOperand {
  int value = -1;   // 0: the picture; i + 1: the result of operation i
  int tensor = -1;  // of NetworkPlan::tensors
};

// Of a convolution or pooling; first rows, then columns.
struct PlanWindow {
  std::array<int64_t, 2> kernel{1, 1};  // of poolings
  std::array<int64_t, 2> stride{1, 1};
  std::array<int64_t, 2> dilation{1, 1};
  std::array<int64_t, 2> pad_begin{0, 0};
  // May be more than the file says, so that rounding down gives the number of windows.
  std::array<int64_t, 2> pad_end{0, 0};
};

struct PlanOperation {
  PlanKind kind = PlanKind::kRelu;
  std::string name;  // of the node
  std::vector<PlanOperand> inputs;
  std::vector<int64_t>
      shape;  // of the result for one picture; the first dimension is the pictures'
  PlanWindow window;
  int64_t groups = 1;
  bool transposed = false;   // of kLinear
  bool exclude_pad = false;  // of kMeanPool: padding does not count
  std::vector<int64_t> axes;
  std::vector<int64_t> indices;
  double epsilon = 0;                    // of kBatchNorm
  double low = 0, high = 0;              // of kClamp
  double alpha = 0, beta = 0, bias = 0;  // of kLrn
  int64_t size = 0;                      // of kLrn
  double dropout = 0;                    // share of the result's numbers that training blanks
};

// A value. The picture is [N,3,S,S], normalised as the package says; the feature is the result of
// the last operation, flattened to [N,dim].
struct NetworkPlan {
  int input_size = 0;  // S
  int dim = 0;
  std::vector<PlanTensor> tensors;
  std::vector<PlanOperation> operations;  // operands come before what uses them
};

// Reads `xml` and the .bin beside it. `layer`: at whose output the feature is taken, a tensor's or
// an operation's name; empty: the network's output, without the constant that import-caffe appends.
// kUnsupported names an operation that cannot be trained, with its layer; kInvalidArgument for a
// layer that is not there, with names that are near, and for a feature without a fixed number of
// values, over 16,383 or under 2; kCorruption for weights that are not finite and for files that
// are no network; kNotFound, kIoError. Needs memory for the weights about three times.
Result<NetworkPlan> ReadNetworkPlan(const Path& xml, const std::string& layer);

// Writes the network of `xml`, cut at `layer` as by ReadNetworkPlan, with other numbers: `values`
// has those of each tensor that changes, by its name. Output: float32 [N,dim]. kInvalidArgument for
// a name or number of values that does not fit; kIoError.
Status WriteTrainedNetwork(const Path& xml, const std::string& layer,
                           const std::map<std::string, std::vector<float>>& values,
                           const Path& out);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_NETWORK_PLAN_H_
