// A network file with the weights that training has learned.
#include <openvino/op/ops.hpp>
#include <openvino/openvino.hpp>

#include "base/try.h"
#include "model/network_graph.h"
#include "model/network_plan.h"
#include "model/openvino_errors.h"

namespace hashlens {
namespace {

using ov::op::v0::Constant;

// Of graph.model, whose output becomes [N,dim].
std::shared_ptr<ov::Model> WithFlatFeature(const NetworkGraph& graph) {
  ov::Output<ov::Node> feature = graph.model->get_results().front()->input_value(0);
  const auto dim = static_cast<int64_t>(ov::shape_size(feature.get_shape()));
  if (feature.get_shape().size() != 2) {
    feature = std::make_shared<ov::op::v1::Reshape>(
        feature, Constant::create(ov::element::i64, {2}, {int64_t{-1}, dim}), false);
  }
  feature.get_node_shared_ptr()->set_friendly_name("feature");
  auto model = std::make_shared<ov::Model>(ov::OutputVector{feature}, graph.model->get_parameters(),
                                           "trained");
  model->get_rt_info() = graph.model->get_rt_info();
  return model;
}

// Any number of pictures, where the network takes them.
void FreeBatch(const std::shared_ptr<ov::Model>& model) {
  ov::PartialShape shape = model->input().get_partial_shape();
  shape[0] = -1;
  model->reshape(shape);
}

Status Replace(const NetworkGraph& graph, const std::map<std::string, std::vector<float>>& values) {
  size_t replaced = 0;
  for (const auto& node : graph.model->get_ordered_ops()) {
    const auto found = values.find(node->get_friendly_name());
    if (found == values.end()) continue;
    const ov::Shape shape = node->get_output_shape(0);
    if (ov::shape_size(shape) != found->second.size())
      return InvalidArgument("weights \"" + found->first +
                             "\": " + std::to_string(found->second.size()) + " numbers, not " +
                             std::to_string(ov::shape_size(shape)));
    const auto constant = std::make_shared<Constant>(ov::element::f32, shape, found->second);
    constant->set_friendly_name(found->first);
    ov::replace_node(node, constant);
    ++replaced;
  }
  if (replaced == values.size()) return {};
  return InvalidArgument("the network has " + std::to_string(replaced) + " of " +
                         std::to_string(values.size()) + " weights that were trained");
}

}  // namespace

Status WriteTrainedNetwork(const Path& xml, const std::string& layer,
                           const std::map<std::string, std::vector<float>>& values,
                           const Path& out) {
  return GuardOpenVino(StatusCode::kIoError, "writing the network " + Printable(out),
                       [&]() -> Status {
                         HL_ASSIGN(const NetworkGraph graph, ReadNetworkGraph(xml, layer));
                         HL_TRY(Replace(graph, values));
                         const std::shared_ptr<ov::Model> model = WithFlatFeature(graph);
                         if (graph.any_batch) FreeBatch(model);
                         ov::save_model(model, out.native(), /*compress_to_fp16=*/false);
                         return {};
                       });
}

}  // namespace hashlens
