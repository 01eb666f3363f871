#include "model/onnx_graph.h"

#include <openvino/frontend/manager.hpp>
#include <set>

namespace hashlens {

namespace {

namespace fs = std::filesystem;

// A file that has its weights elsewhere is small.
constexpr uint64_t kMaxOnnxBytes = uint64_t{2} << 30;

// By the reader of ONNX alone: the others would each say on stderr that a broken file is not
// theirs.
std::shared_ptr<ov::Model> Load(const Path& file) {
  ov::frontend::FrontEndManager manager;
  const auto reader = manager.load_by_framework("onnx");
  const auto loaded = reader->load(file.native());
  return reader->convert(loaded);
}

void Place(const Path& from, const Path& to) {
  std::error_code error;  // another file system, or a file of somebody else
  fs::create_hard_link(fs::canonical(from), to, error);
  if (error) fs::copy_file(from, to);
}

// Whether the ONNX file says that weights are in the file of that name: as the value of an entry, a
// tag, a length and the bytes.
bool Names(std::string_view onnx, const std::string& name) {
  std::string entry = "\x12";
  if (name.size() >= 128) entry += static_cast<char>(name.size() % 128 + 128);
  entry += static_cast<char>(name.size() < 128 ? name.size() : name.size() / 128);
  return onnx.find(entry + name) != onnx.npos;
}

// OpenVINO takes weights only from real files below the folder of the real ONNX file. Leaves the
// files that `text`, the ONNX file, names in `work`: those beside the link, then those beside what
// it leads to. Whether links are what stood in the way.
bool Gather(const Path& file, std::string_view text, const Path& work) {
  const Path real = fs::canonical(file);
  bool links = fs::is_symlink(file);
  bool any = false;
  for (const Path& folder : {file.parent_path(), real.parent_path()}) {
    for (const auto& entry : fs::directory_iterator(folder.empty() ? Path(".") : folder)) {
      const std::string name = entry.path().filename();
      const Path to = work / name;
      if (!entry.is_regular_file() || !Names(text, name) || fs::exists(to)) continue;
      links = links || entry.is_symlink();
      any = true;
      Place(entry.path(), to);
    }
  }
  return links && any;
}

}  // namespace

std::shared_ptr<ov::Model> ReadOnnx(const Path& file, const Path& work) {
  try {
    return Load(file);
  } catch (const std::exception&) {
    const auto bytes = ReadFile(file, kMaxOnnxBytes);
    if (!bytes.ok()) throw;
    const Path gathered = work / "onnx";
    fs::remove_all(gathered);
    fs::create_directory(gathered);
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    if (!Gather(file, text, gathered)) throw;
    const Path whole = gathered / "network.onnx";
    if (!fs::exists(whole)) Place(file, whole);
  }
  std::shared_ptr<ov::Model> model = Load(work / "onnx" / "network.onnx");
  return model;
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
