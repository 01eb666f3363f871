#include "library/costs_file.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace hashlens {
namespace {

constexpr uint64_t kLargestFile = 1 << 16;
constexpr double kMostNs = 1e6;

constexpr std::pair<std::string_view, double CodeCosts::*> kFields[] = {
    {"scan_word_ns", &CodeCosts::scan_word},
    {"scan_word_batch_ns", &CodeCosts::scan_word_batch},
    {"group_word_ns", &CodeCosts::group_word},
    {"group_ns", &CodeCosts::group},
    {"probe_ns", &CodeCosts::probe},
    {"candidate_ns", &CodeCosts::candidate},
    {"far_candidate_ns", &CodeCosts::far_candidate}};

}  // namespace

CodeCosts LoadCosts(const Path& path) {
  const auto bytes = ReadFile(path, kLargestFile);
  if (!bytes.ok()) return {};
  const auto json = nlohmann::json::parse(
      reinterpret_cast<const char*>(bytes->data()),
      reinterpret_cast<const char*>(bytes->data() + bytes->size()), nullptr, false);
  if (!json.is_object()) return {};
  CodeCosts costs;
  for (const auto& [name, field] : kFields) {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_number()) return {};
    const double ns = found->get<double>();
    if (!(ns > 0 && ns < kMostNs)) return {};
    costs.*field = ns;
  }
  return costs;
}

Status SaveCosts(const Path& path, const CodeCosts& costs) {
  nlohmann::json json = {{"version", 1}};
  for (const auto& [name, field] : kFields) json[std::string(name)] = costs.*field;
  return WriteFileDurably(path, AsBytes(json.dump(2) + "\n"));
}

}  // namespace hashlens
