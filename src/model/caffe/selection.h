// Which layers make the feature, and which one the code. Internal to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_SELECTION_H_
#define HASHLENS_MODEL_CAFFE_SELECTION_H_

#include <optional>
#include <string>
#include <vector>

#include "model/caffe/import.h"
#include "model/caffe/prototxt.h"

namespace hashlens {

struct CaffeSelection {
  std::vector<size_t> layers;  // of net.layers, in order: what the feature needs, and no more
  std::string feature;         // the blob that is the feature after the last of them
  std::optional<size_t> hash;  // the InnerProduct that makes a code of the feature
};

// `feature` and `hash` name a blob, as it is at the end of the network, or else a layer. The code
// is sign(x) of an InnerProduct's output x, or what a Sigmoid or TanH behind it makes of it
// (sigmoid(x) >= 0.5, tanh(x) >= 0), and the InnerProduct reads the feature; an empty `feature` is
// what it reads. kInvalidArgument for names that are not there or do not fit together; kCorruption
// for a layer that reads what no layer before it makes.
Result<CaffeSelection> SelectCaffeLayers(const CaffeNet& net, const std::string& feature,
                                         const std::string& hash);

struct CaffeClassifierLayer {
  size_t layer = 0;  // of net.layers, an InnerProduct
  CaffeClassifierReads reads = CaffeClassifierReads::kFeature;
  bool sigmoid = false;  // a Sigmoid, not a Softmax, makes its scores probabilities
};

// `name` is a blob or a layer as above: a Softmax or Sigmoid of an InnerProduct's output, or that
// InnerProduct, which reads the feature of `selection` or what its hash layer makes.
// kInvalidArgument says what it is instead.
Result<CaffeClassifierLayer> SelectCaffeClassifier(const CaffeNet& net,
                                                   const CaffeSelection& selection,
                                                   const std::string& name);

// The blob that a new latent layer reads, of a network that ends with a classifier: what the last
// InnerProduct reads, or, where that is a latent layer's Sigmoid or TanH, what the latent layer
// reads. kInvalidArgument when there is no InnerProduct, or it reads the picture.
Result<std::string> FeatureForTraining(const CaffeNet& net);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_SELECTION_H_
