#include "apps/cli/model_output.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/session.h"
#include "hashlens/library.h"

namespace hashlens {

nlohmann::json ToJson(const ModelInfo& info) {
  nlohmann::json heads = nlohmann::json::array();
  for (const ModelHead& head : info.heads)
    heads.push_back({{"bits", head.bits}, {"method", head.method}});
  nlohmann::json json = {{"version", 1},      {"name", info.name},
                         {"dim", info.dim},   {"input_size", info.input_size},
                         {"text", info.text}, {"classes", info.classes},
                         {"heads", heads},    {"feature_digest", info.feature_digest}};
  AddPathField(&json, info.path);
  return json;
}

std::string ToText(const ModelInfo& info) {
  std::string lengths;
  for (const ModelHead& head : info.heads)
    lengths += fmt::format("{}{} ({})", lengths.empty() ? "" : ", ", head.bits, head.method);
  const std::string classes =
      info.classes > 0 ? fmt::format(", tells {} classes", info.classes) : std::string();
  return fmt::format("{}\n  input {} px{}, feature {} dimensions, heads {}{}\n  digest {}\n  {}\n",
                     info.name, info.input_size, info.text ? " or a text" : "", info.dim, lengths,
                     classes, info.feature_digest, PrintablePath(info.path));
}

void PrintModel(const ModelInfo& info, bool json, Session* session) {
  if (json) {
    session->PrintJson(ToJson(info));
  } else {
    session->Print(ToText(info));
  }
}

}  // namespace hashlens
