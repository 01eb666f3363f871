// Changes of what is in a library: images that go, tags.
#include <nlohmann/json.hpp>

#include "apps/server/parameters.h"
#include "apps/server/route_tools.h"

namespace hashlens {
namespace {

using httplib::Request;
using httplib::Response;

constexpr size_t kMostIds = 100'000;
constexpr size_t kMostTagChanges = 100'000;  // images times tags: a second or so

void Remove(Service* service, ServedLibrary* library, std::vector<uint64_t> ids,
            Response& response) {
  ImageSelection selection;
  selection.ids = std::move(ids);
  uint64_t removed = 0;
  const Status status = library->writer->Do(
      [&](LibraryWriter* writer) {
        const Result<uint64_t> done = writer->Remove(selection);
        if (done.ok()) removed = *done;
        return done.status();
      },
      service->patience());
  if (!status.ok()) return SetProblem(response, status);
  SetJson(response, {{"removed", removed}});
}

// The body as an object with these members.
Result<nlohmann::json> Body(const Request& request, std::initializer_list<std::string_view> known) {
  Result<nlohmann::json> json = ParseJson(request.body);
  if (!json.ok()) return json;
  if (Status status = CheckMembers(*json, known); !status.ok()) return status;
  return json;
}

Result<std::vector<uint64_t>> IdsOf(const nlohmann::json& json) {
  if (!json.contains("ids")) return InvalidArgument("ids: of which images?");
  Result<std::vector<uint64_t>> ids = JsonIds(json["ids"], "ids", kMostIds);
  if (ids.ok() && ids->empty()) return InvalidArgument("ids: of which images?");
  return ids;
}

void RemoveMany(Service* service, ServedLibrary* library, const Request& request,
                Response& response) {
  const Result<nlohmann::json> json = Body(request, {"ids"});
  if (!json.ok()) return SetProblem(response, json.status());
  Result<std::vector<uint64_t>> ids = IdsOf(*json);
  if (!ids.ok()) return SetProblem(response, ids.status());
  Remove(service, library, std::move(*ids), response);
}

Result<TagChange> ParseChange(const nlohmann::json& json) {
  TagChange change;
  for (const auto& [name, tags] :
       {std::pair{"add", &change.add}, std::pair{"remove", &change.remove}}) {
    if (!json.contains(name)) continue;
    Result<std::vector<Tag>> parsed = JsonTags(json[name]);
    if (!parsed.ok()) return parsed.status();
    *tags = std::move(*parsed);
  }
  if (json.contains("remove_keys")) {
    Result<std::vector<std::string>> keys = JsonTexts(json["remove_keys"], "remove_keys");
    if (!keys.ok()) return keys.status();
    change.remove_keys = std::move(*keys);
  }
  if (change.add.empty() && change.remove.empty() && change.remove_keys.empty())
    return InvalidArgument("nothing to change: add, remove or remove_keys");
  return change;
}

void ChangeTags(Service* service, ServedLibrary* library, const Request& request,
                Response& response) {
  const Result<nlohmann::json> json = Body(request, {"ids", "add", "remove", "remove_keys"});
  if (!json.ok()) return SetProblem(response, json.status());
  Result<std::vector<uint64_t>> ids = IdsOf(*json);
  if (!ids.ok()) return SetProblem(response, ids.status());
  const Result<TagChange> change = ParseChange(*json);
  if (!change.ok()) return SetProblem(response, change.status());
  const size_t tags = change->add.size() + change->remove.size() + change->remove_keys.size();
  if (ids->size() * tags > kMostTagChanges)
    return SetProblem(response, 413,
                      "images times tags are over the limit of " + std::to_string(kMostTagChanges));
  ImageSelection selection;
  selection.ids = std::move(*ids);
  uint64_t changed = 0;
  const Status status = library->writer->Do(
      [&](LibraryWriter* writer) {
        const Result<uint64_t> done = writer->ChangeTags(selection, *change);
        if (done.ok()) changed = *done;
        return done.status();
      },
      service->patience());
  if (!status.ok()) return SetProblem(response, status);
  SetJson(response, {{"changed", changed}});
}

}  // namespace

void AddChangeRoutes(Service* service) {
  service->router.Add(
      {"DELETE", "/v1/libraries/{library}/images/{id}", Guard::kWrite, true, false,
       ForLibrary(service, [service](ServedLibrary* library, const RequestContext& context,
                                     const Request&, Response& response) {
         const Result<uint64_t> id = IdParameter(context, 1);
         if (!id.ok()) return SetProblem(response, id.status());
         Remove(service, library, {*id}, response);
       })});
  service->router.Add({"POST", "/v1/libraries/{library}/remove", Guard::kWrite, true, true,
                       ForLibrary(service, [service](ServedLibrary* library, const RequestContext&,
                                                     const Request& request, Response& response) {
                         RemoveMany(service, library, request, response);
                       })});
  service->router.Add({"POST", "/v1/libraries/{library}/tags", Guard::kWrite, true, true,
                       ForLibrary(service, [service](ServedLibrary* library, const RequestContext&,
                                                     const Request& request, Response& response) {
                         ChangeTags(service, library, request, response);
                       })});
}

}  // namespace hashlens
