// The network that a training starts from.
#ifndef HASHLENS_TRAIN_BACKBONE_H_
#define HASHLENS_TRAIN_BACKBONE_H_

#include <memory>

#include "hashlens/train.h"
#include "train/network_module.h"

namespace hashlens {

enum class BackboneKind {
  kWeights,   // of the default network, a .safetensors file
  kPackage,   // a model package, of whatever network
  kPrototxt,  // a Caffe network that begins with random weights
};

struct Backbone {
  BackboneKind kind = BackboneKind::kWeights;
  Path path;           // the file, or the package's folder; empty: the default weights
  int input_size = 0;  // pixels that the network sees; 0: any
};

// What options.backbone means: a .prototxt, another file, or a package's folder or name; empty: the
// default network's weights, which are not looked for yet. kNotFound; errors of reading a package
// or a .prototxt.
Result<Backbone> FindBackbone(const TrainOptions& options);

// The network, with the weights to start from. A .prototxt is brought to a network file in the work
// folder. kInvalidArgument, kUnsupported and kCorruption name what cannot be trained.
Result<std::shared_ptr<NetworkModule>> MakeNetwork(const TrainOptions& options);

// How the run shows pictures to the network, and the finished package does.
NetworkInput InputOf(const TrainOptions& options, const NetworkModule& network);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_BACKBONE_H_
