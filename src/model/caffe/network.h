// The layers of a Caffe network put together, from RGB picture to feature. Internal to
// src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_NETWORK_H_
#define HASHLENS_MODEL_CAFFE_NETWORK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <openvino/openvino.hpp>
#include <string>
#include <utility>
#include <vector>

#include "model/caffe/blob_file.h"
#include "model/caffe/fillers.h"
#include "model/caffe/import.h"
#include "model/caffe/mean.h"
#include "model/caffe/prototxt.h"
#include "model/caffe/selection.h"
#include "model/training_notes.h"

namespace hashlens {

struct CaffeInput {
  CaffeMean mean;  // that fits the network's input; no values: none
  float scale = 1;
  bool rgb = false;
};

struct CaffeGraph {
  std::shared_ptr<ov::op::v0::Parameter> picture;  // [N,3,S,S], RGB
  ov::Output<ov::Node> feature;                    // [N,dim]
  int dim = 0;
  std::map<std::string, WeightRates> rates;  // of layers that name them, and of what is fixed
  std::vector<std::pair<ov::Output<ov::Node>, double>> dropout;  // what is dropped in training
};

// The network's input must be square, of 1 or 3 channels. fillers: draw the weights, and `weights`
// are not looked at; or none. kUnsupported, kCorruption. Throws what OpenVINO throws outside of
// layers.
Result<CaffeGraph> BuildCaffeGraph(const CaffeNet& net, const CaffeSelection& selection,
                                   const CaffeBlobs& weights, const CaffeInput& input,
                                   FillerRandom* fillers = nullptr);

// Of every layer in order. One that is not taken, or reads what is not known, has a problem.
std::vector<CaffeLayerSize> SizesOfCaffeLayers(const CaffeNet& net, const CaffeBlobs& weights);

// Rates and dropout as the network file keeps them, once all nodes have their names.
TrainingNotes NotesOf(const CaffeGraph& graph);

// The length of the features of a few made pictures, on average. kCorruption when one is not
// finite. Runs the network.
Result<double> TypicalFeatureLength(const CaffeGraph& graph);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_NETWORK_H_
