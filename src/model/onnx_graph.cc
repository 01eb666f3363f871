#include "model/onnx_graph.h"

#include <openvino/frontend/manager.hpp>
#include <set>

namespace hashlens {

// By the reader of ONNX alone: the others would each say on stderr that a broken file is not
// theirs.
std::shared_ptr<ov::Model> ReadOnnx(const Path& file) {
  ov::frontend::FrontEndManager manager;
  const auto reader = manager.load_by_framework("onnx");
  const auto loaded = reader->load(file.native());
  return reader->convert(loaded);
}

Result<GraphNode> FindOutput(const ov::Model& model, const std::string& name,
                             std::string_view option) {
  if (name.empty()) {
    if (model.outputs().size() == 1) return model.output().get_node()->input_value(0);
    if (model.outputs().empty()) return Corruption("no network: it has no outputs");
    std::string message = "there are several outputs, of which ";
    message += option;
    return InvalidArgument(message + " names the feature: " + List(model.outputs()));
  }
  for (const auto& node : model.get_ordered_ops()) {
    for (const GraphNode& output : node->outputs()) {
      if (output.get_names().contains(name)) return output;
    }
  }
  return InvalidArgument("no tensor \"" + Printable(std::string_view(name)) +
                         "\" in the network; its outputs are " + List(model.outputs()));
}

std::vector<std::shared_ptr<ov::op::v0::Parameter>> InputsOf(const GraphNode& output) {
  std::vector<std::shared_ptr<ov::op::v0::Parameter>> inputs;
  std::set<const ov::Node*> seen;
  std::vector<std::shared_ptr<ov::Node>> open = {output.get_node_shared_ptr()};
  while (!open.empty()) {
    const auto node = open.back();
    open.pop_back();
    if (!seen.insert(node.get()).second) continue;
    if (auto input = std::dynamic_pointer_cast<ov::op::v0::Parameter>(node))
      inputs.push_back(input);
    for (const GraphNode& source : node->input_values())
      open.push_back(source.get_node_shared_ptr());
  }
  return inputs;
}

}  // namespace hashlens
