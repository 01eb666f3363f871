#include "model/class_names.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/try.h"

namespace hashlens {
namespace {

using Json = nlohmann::json;

constexpr char kClassesFormat[] = "hashlens-classes";
constexpr int kClassesVersion = 1;
constexpr size_t kMostNodes = 1 << 17;
constexpr size_t kLongestName = 200;
constexpr size_t kLongestNotice = 16 << 10;

bool IsName(const std::string& text) {
  return !text.empty() && text.size() <= kLongestName && Printable(text) == text;
}

// "n02099601 golden retriever": where the name begins; 0 without an id.
size_t EndOfWordNetId(std::string_view line) {
  constexpr size_t kIdBytes = 9;
  constexpr std::string_view kDigits = "0123456789";
  const bool has_id = line.size() > kIdBytes + 1 && line[0] == 'n' &&
                      line.substr(1, kIdBytes - 1).find_first_not_of(kDigits) == line.npos &&
                      (line[kIdBytes] == ' ' || line[kIdBytes] == '\t');
  return has_id ? kIdBytes : 0;
}

// Without white space at both ends.
std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string CutName(const std::string& text) {
  std::string name = Printable(text);
  if (name.size() > kLongestName) name.resize(kLongestName);
  while (!IsUtf8(name)) name.pop_back();
  return name.empty() ? "?" : name;
}

// One entry of "nodes"; fails with what is wrong.
Result<ClassName> ParseNode(const Json& json, size_t index, size_t classes, size_t nodes) {
  if (!json.is_object() || !json.contains("name") || !json["name"].is_string())
    return Corruption("has no name");
  ClassName node;
  node.name = json["name"].get<std::string>();
  if (!IsName(node.name)) return Corruption("has a name that is no short line of text");
  size_t members = 1;
  if (const auto id = json.find("id"); id != json.end()) {
    ++members;
    if (!id->is_string() || !IsName(id->get_ref<const std::string&>()))
      return Corruption("has an id that is no short line of text");
    node.id = id->get<std::string>();
  }
  if (const auto upper = json.find("upper"); upper != json.end()) {
    ++members;
    const uint64_t above = upper->is_number_unsigned() ? upper->get<uint64_t>() : 0;
    if (above < classes || above <= index || above >= nodes)
      return Corruption("has an upper class that is none");
    node.upper = static_cast<int>(above);
  }
  return members == json.size() ? Result<ClassName>(std::move(node))
                                : Corruption("has an unknown member");
}

}  // namespace

Result<ClassNames> ClassNamesOfLines(std::string_view text) {
  ClassNames names;
  size_t empty = 0;  // line; 0: none
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = Trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (whole.empty()) {
      if (empty == 0) empty = line;
      continue;
    }
    if (empty != 0) return InvalidArgument("line " + std::to_string(empty) + " has no name");
    ClassName node;
    const size_t id = EndOfWordNetId(whole);
    node.id = whole.substr(0, id);
    node.name = Trimmed(whole.substr(id));
    if (!IsName(node.name)) {
      return InvalidArgument("line " + std::to_string(line) +
                             " is no name, which is up to 200 bytes of UTF-8");
    }
    names.nodes.push_back(std::move(node));
    if (names.nodes.size() > size_t{kMaxClassNames})
      return InvalidArgument("more than " + std::to_string(kMaxClassNames) + " names");
  }
  names.classes = static_cast<int>(names.nodes.size());
  if (names.classes == 0) return InvalidArgument("has no names");
  return names;
}

ClassNames ClassNamesOf(const std::vector<std::string>& names) {
  ClassNames made;
  for (const std::string& name : names) made.nodes.push_back({CutName(name), {}, -1});
  made.classes = static_cast<int>(names.size());
  return made;
}

std::string SerializeClassNames(const ClassNames& names) {
  Json json = {{"format", kClassesFormat},
               {"version", kClassesVersion},
               {"classes", names.classes},
               {"nodes", Json::array()}};
  if (!names.notice.empty()) json["notice"] = names.notice;
  for (const ClassName& node : names.nodes) {
    Json one = {{"name", node.name}};
    if (!node.id.empty()) one["id"] = node.id;
    if (node.upper >= 0) one["upper"] = node.upper;
    json["nodes"].push_back(std::move(one));
  }
  return json.dump() + "\n";
}

Result<ClassNames> ParseClassNames(std::string_view text) {
  // Deeper values are dropped as they come: they would take far more memory than their bytes.
  constexpr int kMostDepth = 3;  // the file's object, its nodes, a node, its values
  const auto shallow = [](int depth, Json::parse_event_t, Json&) { return depth <= kMostDepth; };
  const Json json = Json::parse(text, shallow, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("format") || json["format"] != kClassesFormat)
    return Corruption("not the class names of a hashlens model");
  if (!json.contains("version") || !json["version"].is_number_unsigned() || json["version"] == 0)
    return Corruption("has no version");
  if (json["version"] > kClassesVersion) {
    return Unsupported("format version " + json["version"].dump() + "; this hashlens reads up to " +
                       std::to_string(kClassesVersion));
  }
  const auto classes = json.find("classes");
  const auto nodes = json.find("nodes");
  if (classes == json.end() || !classes->is_number_unsigned() || nodes == json.end() ||
      !nodes->is_array())
    return Corruption("has no classes and nodes");
  const auto count = classes->get<uint64_t>();
  if (count < 1 || count > uint64_t{kMaxClassNames} || nodes->size() < count ||
      nodes->size() > kMostNodes) {
    return Corruption("has " + classes->dump() + " classes and " + std::to_string(nodes->size()) +
                      " nodes");
  }
  ClassNames names;
  names.classes = static_cast<int>(count);
  if (const auto notice = json.find("notice"); notice != json.end()) {
    if (!notice->is_string() || notice->get_ref<const std::string&>().size() > kLongestNotice)
      return Corruption("has a notice that is no text of up to 16 KiB");
    names.notice = notice->get<std::string>();
  }
  if (json.size() != (names.notice.empty() && !json.contains("notice") ? 4U : 5U))
    return Corruption("has an unknown member");
  for (size_t i = 0; i < nodes->size(); ++i) {
    auto node = ParseNode((*nodes)[i], i, count, nodes->size());
    if (!node.ok()) return Corruption("node " + std::to_string(i) + " " + node.status().message());
    names.nodes.push_back(std::move(*node));
  }
  return names;
}

}  // namespace hashlens
