// Codes of images, what their bits stand for, and what the images show.
#include <nlohmann/json.hpp>

#include "apps/cli/session.h"
#include "apps/server/json_output.h"
#include "apps/server/parameters.h"
#include "apps/server/route_tools.h"

namespace hashlens {
namespace {

using httplib::Request;
using httplib::Response;

constexpr uint64_t kMostExamples = 100;
constexpr uint64_t kUsualCategories = 5;
constexpr uint64_t kMostCategories = 1000;

bool BitOf(const ImageCode& code, int bit) {
  return ((code.bytes[static_cast<size_t>(bit) / 8] >> (bit % 8)) & 1) != 0;
}

void SendCode(ServedLibrary* library, const RequestContext& context, const Request& request,
              Response& response) {
  if (Status status = CheckParameters(request, {"against"}); !status.ok())
    return SetProblem(response, status);
  const Result<uint64_t> id = IdParameter(context, 1);
  if (!id.ok()) return SetProblem(response, id.status());
  const Result<uint64_t> against = NumberParameter(request, "against", 0, 1, INT64_MAX);
  if (!against.ok()) return SetProblem(response, against.status());
  const Result<ImageCode> code = library->library.CodeOf(*id);
  if (!code.ok()) return SetProblem(response, code.status());
  nlohmann::json json = {{"id", *id},
                         {"bits", code->bits},
                         {"code", HexOf(code->bytes)},
                         {"values", nlohmann::json::array()}};
  for (int bit = 0; bit < code->bits; ++bit) json["values"].push_back(BitOf(*code, bit) ? 1 : 0);
  if (*against != 0) {
    const Result<ImageCode> other = library->library.CodeOf(*against);
    if (!other.ok()) return SetProblem(response, other.status());
    if (other->bits != code->bits)
      return SetBusy(response, 503, "the library has just got other codes; try again", 1);
    nlohmann::json differ = nlohmann::json::array();
    for (int bit = 0; bit < code->bits; ++bit) {
      if (BitOf(*code, bit) != BitOf(*other, bit)) differ.push_back(bit);
    }
    json["against"] = *against;
    json["hamming"] = differ.size();
    json["differ"] = std::move(differ);
  }
  SetJson(response, json);
}

nlohmann::json Examples(const std::vector<BitExample>& examples) {
  nlohmann::json list = nlohmann::json::array();
  for (const BitExample& example : examples) {
    nlohmann::json one = {{"id", example.id}, {"activation", example.activation}};
    AddPathField(&one, example.path);
    list.push_back(std::move(one));
  }
  return list;
}

void SendBit(ServedLibrary* library, const RequestContext& context, const Request& request,
             Response& response) {
  if (Status status = CheckParameters(request, {"limit"}); !status.ok())
    return SetProblem(response, status);
  const Result<uint64_t> bit = ParseNumber(context.parameters[1], "bit", 0, 511);
  if (!bit.ok()) return SetProblem(response, bit.status());
  const Result<uint64_t> limit = NumberParameter(request, "limit", 12, 1, kMostExamples);
  if (!limit.ok()) return SetProblem(response, limit.status());
  const Result<BitInfo> info = library->library.Bit(static_cast<int>(*bit), *limit);
  if (!info.ok()) return SetProblem(response, info.status());
  SetJson(response, {{"bit", info->bit},
                     {"share", info->share},
                     {"sampled", info->sampled},
                     {"most", Examples(info->most)},
                     {"least", Examples(info->least)}});
}

void SendCategories(ServedLibrary* library, const RequestContext& context, const Request& request,
                    Response& response) {
  if (Status status = CheckParameters(request, {"top"}); !status.ok())
    return SetProblem(response, status);
  const Result<uint64_t> id = IdParameter(context, 1);
  if (!id.ok()) return SetProblem(response, id.status());
  const Result<uint64_t> top =
      NumberParameter(request, "top", kUsualCategories, 1, kMostCategories);
  if (!top.ok()) return SetProblem(response, top.status());
  const Result<std::vector<Category>> categories = library->library.Categories(*id, *top);
  if (!categories.ok()) return SetProblem(response, categories.status());
  nlohmann::json json = {{"id", *id}, {"categories", nlohmann::json::array()}};
  for (const Category& category : *categories) {
    nlohmann::json one = {{"name", category.name}, {"probability", category.probability}};
    if (!category.id.empty()) one["id"] = category.id;
    json["categories"].push_back(std::move(one));
  }
  SetJson(response, json);
}

}  // namespace

void AddCodeRoutes(Service* service) {
  service->router.Add({"GET", "/v1/libraries/{library}/images/{id}/code", Guard::kRead, false,
                       false, ForLibrary(service, SendCode)});
  service->router.Add({"GET", "/v1/libraries/{library}/images/{id}/categories", Guard::kRead, false,
                       false, ForLibrary(service, SendCategories)});
  service->router.Add({"GET", "/v1/libraries/{library}/bits/{bit}", Guard::kRead, true, false,
                       ForLibrary(service, SendBit)});
}

}  // namespace hashlens
