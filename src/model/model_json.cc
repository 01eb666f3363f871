#include "model/model_json.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/sha256.h"
#include "base/try.h"

namespace hashlens {
namespace {

using Json = nlohmann::json;  // members sorted by name, which makes dump() canonical

constexpr char kFormat[] = "hashlens-model";
// 2 is written where 1 cannot say it: a picture that is not cropped to a square, or texts; 3 where
// there is a classifier.
constexpr int kVersion = 3;
constexpr int kMaxDepth = 8;  // nesting; also bounds the recursion of dump()

// Reads the members of one object; every one of them is required and no other is allowed.
class Members {
 public:
  Members(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}

  Status Text(const char* name, std::string* value) {
    HL_ASSIGN(const Json* member, Find(name));
    if (!member->is_string()) return Wrong(name, "a string");
    *value = member->get_ref<const std::string&>();
    return {};
  }

  Status Int(const char* name, int* value) {
    HL_ASSIGN(const Json* member, Find(name));
    if (!member->is_number_integer()) return Wrong(name, "a whole number");
    // Beyond int64 the parser keeps uint64, and reading that as int64 would wrap.
    const bool huge = member->is_number_unsigned() &&
                      member->get<uint64_t>() > uint64_t{std::numeric_limits<int>::max()};
    const int64_t number = huge ? -1 : member->get<int64_t>();
    if (number < 0 || number > std::numeric_limits<int>::max()) return Wrong(name, "in range");
    *value = static_cast<int>(number);
    return {};
  }

  Status Number(const char* name, double* value) {
    HL_ASSIGN(const Json* member, Find(name));
    if (!member->is_number()) return Wrong(name, "a number");
    *value = member->get<double>();
    return {};
  }

  Status Rgb(const char* name, std::array<float, 3>* values) {
    HL_ASSIGN(const Json* member, Find(name));
    if (!member->is_array() || member->size() != values->size()) return Wrong(name, "3 numbers");
    for (size_t i = 0; i < values->size(); ++i) {
      if (!(*member)[i].is_number()) return Wrong(name, "3 numbers");
      const double value = (*member)[i].get<double>();
      // Outside, the conversion to float would be undefined.
      if (std::abs(value) > double{std::numeric_limits<float>::max()}) {
        return Wrong(name, "3 numbers in the range of float32");
      }
      (*values)[i] = static_cast<float>(value);
    }
    return {};
  }

  Result<const Json*> Value(const char* name, Json::value_t type, const char* type_name) {
    HL_ASSIGN(const Json* member, Find(name));
    if (member->type() != type) return Wrong(name, type_name);
    return member;
  }

  bool Has(const char* name) const { return object_.contains(name); }

  // After everything has been read.
  Status NoOthers() const {
    for (const auto& [name, value] : object_.items()) {
      if (!seen_.contains(name)) return Corruption(where_ + "unknown member \"" + name + "\"");
    }
    return {};
  }

 private:
  Result<const Json*> Find(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return Corruption(where_ + "no \"" + name + "\"");
    seen_.insert(name);
    return &*found;
  }
  Status Wrong(const char* name, const char* wanted) const {
    return Corruption(where_ + "\"" + name + "\" is not " + wanted);
  }

  const Json& object_;
  const std::string where_;  // "" or "input: ", for messages
  std::set<std::string> seen_;
};

// Parses without interpreting; refuses what JSON leaves open: doubled members and endless nesting.
Result<Json> ParseObject(std::string_view text) {
  std::vector<std::set<std::string>> names;  // of the objects that are open
  std::string doubled;
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    too_deep |= depth > kMaxDepth;
    if (event == Json::parse_event_t::object_start) names.emplace_back();
    if (event == Json::parse_event_t::object_end) names.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names.back().insert(name).second) doubled = name;
    }
    return true;
  };
  Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Corruption("not valid JSON");
  if (!json.is_object()) return Corruption("not a JSON object");
  if (too_deep) return Corruption("nested too deeply");
  if (!doubled.empty()) return Corruption("a member is there twice: \"" + doubled + "\"");
  return json;
}

// Over every member but "digest" itself; the same in all versions of the format.
std::string Digest(Json json) {
  json.erase("digest");
  return Sha256Hex(AsBytes(json.dump()));
}

constexpr char kStretch[] = "stretch";

Status ParseInput(const Json& json, int version, NetworkInput* input) {
  Members members(json, "input: ");
  HL_TRY(members.Int("size", &input->size));
  HL_TRY(members.Number("crop_fraction", &input->crop_fraction));
  HL_TRY(members.Rgb("mean", &input->mean));
  HL_TRY(members.Rgb("scale", &input->scale));
  if (version >= 2 && members.Has("fit")) {
    std::string fit;
    HL_TRY(members.Text("fit", &fit));
    if (fit != kStretch) return Corruption("input: \"fit\" is not \"stretch\"");
    input->fit = PictureFit::kStretch;
  }
  return members.NoOthers();
}

Result<PackagedText> ParseText(const Json& json) {
  PackagedText text;
  Members members(json, "text: ");
  HL_TRY(members.Text("network_sha256", &text.network_sha256));
  HL_TRY(members.Text("tokenizer_sha256", &text.tokenizer_sha256));
  HL_TRY(members.NoOthers());
  return text;
}

Result<PackagedClassifier> ParseClassifierEntry(const Json& json) {
  PackagedClassifier classifier;
  Members members(json, "classifier: ");
  HL_TRY(members.Int("classes", &classifier.classes));
  HL_TRY(members.Text("sha256", &classifier.sha256));
  HL_TRY(members.Text("names_sha256", &classifier.names_sha256));
  HL_TRY(members.NoOthers());
  return classifier;
}

Result<PackagedHead> ParseHeadEntry(const Json& json) {
  if (!json.is_object()) return Corruption("heads: an entry is not an object");
  PackagedHead head;
  Members members(json, "heads: ");
  HL_TRY(members.Int("bits", &head.bits));
  HL_TRY(members.Text("method", &head.method));
  HL_TRY(members.Text("file", &head.file));
  HL_TRY(members.Text("sha256", &head.sha256));
  HL_TRY(members.NoOthers());
  return head;
}

// The lowest that can say all of it.
int VersionFor(const ModelPackage& package) {
  if (package.classifier) return 3;
  return package.input.fit == PictureFit::kStretch || package.text ? 2 : 1;
}

}  // namespace

std::string SerializeModelJson(const ModelPackage& package) {
  Json heads = Json::array();
  for (const PackagedHead& head : package.heads) {
    heads.push_back({{"bits", head.bits},
                     {"method", head.method},
                     {"file", head.file},
                     {"sha256", head.sha256}});
  }
  Json json = {{"format", kFormat},
               {"version", VersionFor(package)},
               {"name", package.name},
               {"dim", package.dim},
               {"input",
                {{"size", package.input.size},
                 {"crop_fraction", package.input.crop_fraction},
                 {"mean", package.input.mean},
                 {"scale", package.input.scale}}},
               {"network_sha256", package.network_sha256},
               {"heads", std::move(heads)}};
  if (package.input.fit == PictureFit::kStretch) json["input"]["fit"] = kStretch;
  if (package.text) {
    json["text"] = {{"network_sha256", package.text->network_sha256},
                    {"tokenizer_sha256", package.text->tokenizer_sha256}};
  }
  if (package.classifier) {
    json["classifier"] = {{"classes", package.classifier->classes},
                          {"sha256", package.classifier->sha256},
                          {"names_sha256", package.classifier->names_sha256}};
  }
  json["digest"] = Digest(json);
  return json.dump(2) + "\n";
}

Result<ModelPackage> ParseModelJson(std::string_view text) {
  HL_ASSIGN(const Json json, ParseObject(text));
  Members members(json, "");
  std::string format, digest;
  int version = 0;
  HL_TRY(members.Text("format", &format));
  if (format != kFormat) return Corruption("not the description of a hashlens model");
  HL_TRY(members.Text("digest", &digest));
  if (digest != Digest(json)) return Corruption("changed after it was written: digest differs");
  HL_TRY(members.Int("version", &version));
  if (version > kVersion) {
    return Unsupported("format version " + std::to_string(version) +
                       "; this hashlens reads up to " + std::to_string(kVersion));
  }
  if (version < 1) return Corruption("format version " + std::to_string(version));

  ModelPackage package;
  HL_TRY(members.Text("name", &package.name));
  HL_TRY(members.Int("dim", &package.dim));
  HL_TRY(members.Text("network_sha256", &package.network_sha256));
  HL_ASSIGN(const Json* input, members.Value("input", Json::value_t::object, "an object"));
  HL_TRY(ParseInput(*input, version, &package.input));
  if (version >= 2 && members.Has("text")) {
    HL_ASSIGN(const Json* words, members.Value("text", Json::value_t::object, "an object"));
    HL_ASSIGN(package.text, ParseText(*words));
  }
  if (version >= 3 && members.Has("classifier")) {
    HL_ASSIGN(const Json* rows, members.Value("classifier", Json::value_t::object, "an object"));
    HL_ASSIGN(package.classifier, ParseClassifierEntry(*rows));
  }
  HL_ASSIGN(const Json* heads, members.Value("heads", Json::value_t::array, "an array"));
  for (const Json& entry : *heads) {
    HL_ASSIGN(PackagedHead head, ParseHeadEntry(entry));
    package.heads.push_back(std::move(head));
  }
  HL_TRY(members.NoOthers());
  if (version != VersionFor(package))
    return Corruption("format version " + std::to_string(version) +
                      ", without what needs more than an earlier one");
  if (const Status status = CheckModelFields(package); !status.ok()) {
    return Corruption(status.message());
  }
  package.feature_digest = FeatureDigest(package.network_sha256, package.dim, package.input);
  return package;
}

}  // namespace hashlens
