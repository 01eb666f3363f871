// Finding one's way in a network that OpenVINO has read. Throws what OpenVINO throws. Internal to
// src/model.
#ifndef HASHLENS_MODEL_ONNX_GRAPH_H_
#define HASHLENS_MODEL_ONNX_GRAPH_H_

#include <memory>
#include <openvino/openvino.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "hashlens/status.h"

namespace hashlens {

using GraphNode = ov::Output<ov::Node>;

// Reads an ONNX file, with its weights in other files where it has them there. The file and those
// may be links, as in Hugging Face's cache; they are then gathered in `work`, a folder for this.
std::shared_ptr<ov::Model> ReadOnnx(const Path& file, const Path& work);

// The tensor of that name, also one inside the network; of the only output without a name.
// kInvalidArgument lists the outputs; `option` is how the name is given.
Result<GraphNode> FindOutput(const ov::Model& model, const std::string& name,
                             std::string_view option);

// The inputs that a tensor depends on.
std::vector<std::shared_ptr<ov::op::v0::Parameter>> InputsOf(const GraphNode& output);

template <typename Port>
std::string NameOf(const Port& node) {
  return node.get_names().empty() ? node.get_node()->get_friendly_name() : node.get_any_name();
}

// "pixels [?,3,224,224], ids [?,77]"
template <typename Ports>
std::string List(const Ports& ports) {
  std::string list;
  for (const auto& port : ports) {
    if (!list.empty()) list += ", ";
    list += Printable(std::string_view(NameOf(port)));
    list += ' ';
    list += port.get_partial_shape().to_string();
  }
  return list;
}

}  // namespace hashlens

#endif  // HASHLENS_MODEL_ONNX_GRAPH_H_
