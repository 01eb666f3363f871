#include "model/network_layer.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/text.h"

namespace hashlens {
namespace {

constexpr size_t kNamed = 6;
constexpr size_t kLongestCompared = 200;
// Of one picture. A few dozen pictures are on their way at once.
constexpr size_t kMaxNumbers = size_t{1} << 22;

using Outputs = std::map<std::string, ov::Output<ov::Node>>;

// What can be asked for by name, of nodes that depend on the picture: tensors by all their names,
// which come first, and operations.
Outputs NamedOutputs(const ov::Model& model) {
  Outputs outputs;
  Outputs operations;
  std::set<const ov::Node*> dependent;
  for (const auto& node : model.get_ordered_ops()) {
    if (ov::is_type<ov::op::v0::Parameter>(node)) dependent.insert(node.get());
    for (const auto& input : node->inputs()) {
      if (dependent.count(input.get_source_output().get_node()) > 0) dependent.insert(node.get());
    }
    if (dependent.count(node.get()) == 0 || ov::is_type<ov::op::v0::Result>(node)) continue;
    for (const auto& output : node->outputs()) {
      for (const std::string& name : output.get_names()) outputs.emplace(name, output);
    }
    if (node->get_output_size() == 1)
      operations.emplace(node->get_friendly_name(), node->output(0));
  }
  outputs.merge(operations);
  return outputs;
}

std::string Lower(std::string text) {
  for (char& letter : text)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

// Letters to add, drop or change (Levenshtein).
size_t Edits(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, change}));
    }
  }
  return row[b.size()];
}

// Of all names those that look most like it: first those that hold it.
std::string NamesNear(const std::string& layer, const Outputs& outputs) {
  const std::string wanted = Lower(layer.substr(0, kLongestCompared));
  std::vector<std::pair<std::pair<bool, size_t>, std::string>> ranked;
  for (const auto& [name, output] : outputs) {
    const std::string lower = Lower(name.substr(0, kLongestCompared));
    ranked.push_back({{lower.find(wanted) == lower.npos, Edits(wanted, lower)}, name});
  }
  std::ranges::sort(ranked);
  std::string names;
  for (size_t i = 0; i < std::min(kNamed, ranked.size()); ++i)
    names += (i == 0 ? "" : ", ") + Printable(std::string_view(ranked[i].second));
  return ranked.size() > kNamed ? names + ", ..." : names;
}

}  // namespace

Result<std::shared_ptr<ov::Model>> CutAtLayer(const std::shared_ptr<ov::Model>& model,
                                              const std::string& layer) {
  const Outputs outputs = NamedOutputs(*model);
  const auto found = outputs.find(layer);
  const std::string title = "layer \"" + Printable(std::string_view(layer)) + "\": ";
  if (found == outputs.end()) {
    return InvalidArgument(title + "the network has none of that name; near it are " +
                           NamesNear(layer, outputs));
  }
  const ov::Output<ov::Node>& output = found->second;
  if (output.get_partial_shape().is_dynamic() || !output.get_element_type().is_real())
    return InvalidArgument(title + "its output is not numbers of a fixed shape");
  if (ov::shape_size(output.get_shape()) > kMaxNumbers) {
    return InvalidArgument(title + "its output has " +
                           std::to_string(ov::shape_size(output.get_shape())) +
                           " numbers; at most " + std::to_string(kMaxNumbers) + " are taken");
  }
  return std::make_shared<ov::Model>(ov::OutputVector{output}, model->get_parameters(), "layer");
}

}  // namespace hashlens
