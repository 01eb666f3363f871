// model.json of model packages (model/model_json.h), as it is and with a digest that fits.
#include "model/model_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "fuzz/input.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

using Json = nlohmann::json;

// The same members; empty for what is no object, or nested more deeply than a stack goes.
std::string WithDigest(std::string_view text) {
  constexpr std::ptrdiff_t kMostBrackets = 1000;
  if (std::ranges::count_if(text, [](char c) { return c == '[' || c == '{'; }) > kMostBrackets)
    return {};
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  json.erase("digest");
  json["digest"] = Sha256Hex(AsBytes(json.dump()));
  return json.dump();
}

void CheckPackage(std::string_view text) {
  const auto package = ParseModelJson(text);
  if (!package.ok()) return;
  Require(CheckModelFields(*package).ok(), "a package that is read has fields in their limits");
  const std::string written = SerializeModelJson(*package);
  const auto again = ParseModelJson(written);
  Require(again.ok() && SerializeModelJson(*again) == written, "what is written is read again");
}

void FuzzModelJson(ByteSpan input) {
  const std::string_view text = TextOfInput(input);
  CheckPackage(text);
  CheckPackage(WithDigest(text));
}

const FuzzTarget kModelJson("model_json", FuzzModelJson);

}  // namespace
}  // namespace hashlens
