// Layers of the form before 2015 in today's form. Internal to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_UPGRADE_H_
#define HASHLENS_MODEL_CAFFE_UPGRADE_H_

#include "caffe_net.pb.h"

namespace hashlens {

// CONVOLUTION -> "Convolution"; a type that has no other name keeps that of the enumeration.
hashlens_caffe::LayerParameter UpgradeCaffeLayer(const hashlens_caffe::V1LayerParameter& old);

// Whether a layer with these rules is part of the network that Caffe runs on a deploy file: phase
// TEST, level 0, no stages.
bool IsInTestPhase(const hashlens_caffe::LayerParameter& layer);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_UPGRADE_H_
