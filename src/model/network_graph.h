// A network file with a name for each node, cut at the layer that is the feature. Internal to
// src/model.
#ifndef HASHLENS_MODEL_NETWORK_GRAPH_H_
#define HASHLENS_MODEL_NETWORK_GRAPH_H_

#include <memory>
#include <openvino/openvino.hpp>
#include <string>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

struct NetworkGraph {
  // Names of nodes are unique, and the same each time a file is read. Input [1,3,S,S], one output
  // of any shape.
  std::shared_ptr<ov::Model> model;
  bool any_batch = false;  // the file takes any number of pictures at once
};

// Errors as of ReadNetworkPlan. May throw what OpenVINO throws.
Result<NetworkGraph> ReadNetworkGraph(const Path& xml, const std::string& layer);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_NETWORK_GRAPH_H_
