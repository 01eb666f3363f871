#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "hashlens/encode.h"

namespace hashlens {
namespace {

// Numbers are float32, written with as many digits as tell one from another.
using FloatJson =
    nlohmann::basic_json<std::map, std::vector, std::string, bool, int64_t, uint64_t, float>;

}  // namespace

std::string EncodedJson(const EncodedPicture& picture) {
  const std::string& path = picture.path.native();
  FloatJson json = {{"version", 1}, {"path", path}};
  if (!IsUtf8(path)) json["path_hex"] = ToHex(AsBytes(path));
  if (picture.labels.size() == 1) json["label"] = picture.labels.front();
  if (picture.labels.size() > 1) json["labels"] = picture.labels;
  if (!picture.error.empty()) json["error"] = picture.error;
  if (!picture.damage.empty()) json["damaged"] = picture.damage;
  for (const Category& category : picture.categories) {
    FloatJson one = {{"name", category.name},
                     {"probability", static_cast<float>(category.probability)}};
    if (!category.id.empty()) one["id"] = category.id;
    json["categories"].push_back(std::move(one));
  }
  if (!picture.code.empty()) json["code"] = ToHex(std::as_bytes(std::span(picture.code)));
  if (!picture.activations.empty()) json["activations"] = picture.activations;
  if (!picture.feature.empty()) json["feature"] = picture.feature;
  return json.dump(-1, ' ', false, FloatJson::error_handler_t::replace);
}

}  // namespace hashlens
