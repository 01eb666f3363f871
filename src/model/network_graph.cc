#include "model/network_graph.h"

#include <openvino/opsets/opset8.hpp>
#include <set>

#include "base/try.h"
#include "model/network_layer.h"
#include "model/read_network.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;

void NameEachNode(const ov::Model& model) {
  std::set<std::string> names;
  for (const auto& node : model.get_ordered_ops()) {
    std::string name = node->get_friendly_name();
    for (int i = 2; !names.insert(name).second; ++i)
      name = node->get_friendly_name() + "#" + std::to_string(i);
    node->set_friendly_name(name);
  }
}

// The node whose numbers are the feature: not the constant that import-caffe appends for a latent
// layer with a bias (docs/caffe.md), which nothing can be learned from.
ov::Output<ov::Node> FeatureOf(const ov::Model& model) {
  ov::Output<ov::Node> feature = model.get_results().front()->input_value(0);
  if (ov::is_type<op::Pad>(feature.get_node()) && feature.get_partial_shape().rank() == 2)
    feature = feature.get_node()->input_value(0);
  return feature;
}

}  // namespace

Result<NetworkGraph> ReadNetworkGraph(const Path& xml, const std::string& layer) {
  HL_ASSIGN(const NetworkBytes bytes, ReadNetworkFiles(xml));
  NetworkGraph graph;
  ov::Core core;
  const std::shared_ptr<ov::Model> model = ReadNetworkModel(&core, bytes);
  const std::string name = Printable(xml);
  if (model->inputs().size() != 1 || model->outputs().size() != 1)
    return InvalidArgument(name + ": not a network with one input and one output");
  const ov::PartialShape shape = model->input().get_partial_shape();
  if (shape.rank() != 4 || shape[2].is_dynamic() || !shape[1].compatible(3) ||
      shape[2] != shape[3] || model->input().get_element_type() != ov::element::f32) {
    return InvalidArgument(name + ": its input is " + shape.to_string() + " of " +
                           model->input().get_element_type().get_type_name() +
                           "; only networks for square pictures, [N,3,S,S] of f32, can be trained");
  }
  graph.any_batch = shape[0].is_dynamic();
  NameEachNode(*model);
  model->reshape(ov::PartialShape{1, 3, shape[2], shape[3]});
  if (layer.empty()) {
    graph.model = std::make_shared<ov::Model>(ov::OutputVector{FeatureOf(*model)},
                                              model->get_parameters(), "feature");
  } else {
    HL_ASSIGN(graph.model, CutAtLayer(model, layer));
  }
  graph.model->get_rt_info() = model->get_rt_info();
  return graph;
}

}  // namespace hashlens
