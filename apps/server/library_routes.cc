// What is served: libraries, their tags, their images page by page.
#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "apps/cli/session.h"
#include "apps/server/json_output.h"
#include "apps/server/parameters.h"
#include "apps/server/route_tools.h"

namespace hashlens {
namespace {

using httplib::Request;
using httplib::Response;

bool MayWrite(const Service& service, const RequestContext& context) {
  return service.writable() && context.access == Access::kWrite;
}

void ListLibraries(const Service& service, const RequestContext& context, Response& response) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& library : service.libraries) {
    const Result<LibraryBrief> brief = library->library.Brief();
    if (!brief.ok()) return SetProblem(response, brief.status());
    list.push_back({{"name", library->name},
                    {"images", brief->images},
                    {"bits", brief->bits},
                    {"dim", brief->dim},
                    {"model", brief->model},
                    {"text", library->text},
                    {"writable", MayWrite(service, context)}});
  }
  SetJson(response, {{"libraries", std::move(list)}});
}

void DescribeLibrary(const Service& service, ServedLibrary* library, const RequestContext& context,
                     Response& response) {
  const Result<LibraryInfo> info = library->Info();
  if (!info.ok()) return SetProblem(response, info.status());
  nlohmann::json roots = nlohmann::json::array();
  for (const auto& root : info->roots) roots.push_back(root.native());
  nlohmann::json json = {
      {"name", library->name},
      {"path", info->path.native()},
      {"images", info->images},
      {"removed", info->removed},
      {"failures", info->failures},
      {"segments", info->segments},
      {"bits", info->bits},
      {"dim", info->dim},
      {"model", info->model},
      {"head_method", info->head_method},
      {"features", nullptr},
      {"distinct_codes", info->distinct_codes},
      {"roots", std::move(roots)},
      {"text", library->text},
      {"writable", MayWrite(service, context)},
      {"uploads", MayWrite(service, context) && !service.options.uploads.empty()},
      {"jobs", MayWrite(service, context) && !service.options.roots.empty()}};
  if (info->features) json["features"] = FeatureFormName(*info->features);
  SetJson(response, json);
}

Result<uint64_t> LimitParameter(const Service& service, const Request& request) {
  return NumberParameter(request, "limit", 100, 1, service.options.max_page);
}

// Of a list that takes no other parameter.
Result<uint64_t> OnlyLimit(const Service& service, const Request& request) {
  if (Status status = CheckParameters(request, {"limit"}); !status.ok()) return status;
  return LimitParameter(service, request);
}

void ListTags(const Service& service, ServedLibrary* library, const Request& request,
              Response& response) {
  const Result<uint64_t> limit = OnlyLimit(service, request);
  if (!limit.ok()) return SetProblem(response, limit.status());
  const Result<std::vector<TagCount>> counts = library->library.TagCounts();
  if (!counts.ok()) return SetProblem(response, counts.status());
  nlohmann::json tags = nlohmann::json::array();
  for (const TagCount& count : *counts) {
    if (tags.size() == *limit) break;
    tags.push_back(
        {{"key", count.tag.first}, {"value", count.tag.second}, {"images", count.images}});
  }
  SetJson(response, {{"tags", std::move(tags)}});
}

void ListFailures(const Service& service, ServedLibrary* library, const Request& request,
                  Response& response) {
  const Result<uint64_t> limit = OnlyLimit(service, request);
  if (!limit.ok()) return SetProblem(response, limit.status());
  Result<std::vector<Failure>> failures = library->library.Failures();
  if (!failures.ok()) return SetProblem(response, failures.status());
  const size_t all = failures->size();
  std::ranges::stable_sort(*failures, std::ranges::greater(), &Failure::at_ms);
  nlohmann::json list = nlohmann::json::array();
  failures->resize(std::min<uint64_t>(*limit, all));
  for (const Failure& failure : *failures) {
    nlohmann::json one = {{"reason", failure.reason}, {"at", UtcTime(failure.at_ms)}};
    AddPathField(&one, failure.path);
    list.push_back(std::move(one));
  }
  SetJson(response, {{"failures", std::move(list)}, {"all", all}});
}

void ListPage(const Service& service, ServedLibrary* library, const Request& request,
              Response& response) {
  if (Status status = CheckParameters(request, {"after", "limit", "tag", "under", "added_since"});
      !status.ok())
    return SetProblem(response, status);
  const Result<uint64_t> after = NumberParameter(request, "after", 0, 0, INT64_MAX);
  if (!after.ok()) return SetProblem(response, after.status());
  const Result<uint64_t> limit = LimitParameter(service, request);
  if (!limit.ok()) return SetProblem(response, limit.status());
  const Result<Filter> filter = FilterParameters(request);
  if (!filter.ok()) return SetProblem(response, filter.status());
  // One more tells whether there is more.
  const auto images = library->library.Images(*filter, *after, *limit + 1);
  if (!images.ok()) return SetProblem(response, images.status());
  nlohmann::json json = {{"images", nlohmann::json::array()}, {"next", nullptr}};
  for (const ImageInfo& image : *images) {
    if (json["images"].size() == *limit) {
      json["next"] = json["images"].back()["id"];
      break;
    }
    json["images"].push_back(ImageJson(image));
  }
  SetJson(response, json);
}

}  // namespace

void AddLibraryRoutes(Service* service) {
  service->router.Add(
      {"GET", "/v1/libraries", Guard::kRead, false, false,
       [service](const RequestContext& context, const Request&, Response& response) {
         ListLibraries(*service, context, response);
       }});
  service->router.Add(
      {"GET", "/v1/libraries/{library}", Guard::kRead, false, false,
       ForLibrary(service, [service](ServedLibrary* library, const RequestContext& context,
                                     const Request&, Response& response) {
         DescribeLibrary(*service, library, context, response);
       })});
  service->router.Add({"GET", "/v1/libraries/{library}/tags", Guard::kRead, false, false,
                       ForLibrary(service, [service](ServedLibrary* library, const RequestContext&,
                                                     const Request& request, Response& response) {
                         ListTags(*service, library, request, response);
                       })});
  service->router.Add({"GET", "/v1/libraries/{library}/failures", Guard::kRead, true, false,
                       ForLibrary(service, [service](ServedLibrary* library, const RequestContext&,
                                                     const Request& request, Response& response) {
                         ListFailures(*service, library, request, response);
                       })});
  service->router.Add({"GET", "/v1/libraries/{library}/images", Guard::kRead, true, false,
                       ForLibrary(service, [service](ServedLibrary* library, const RequestContext&,
                                                     const Request& request, Response& response) {
                         ListPage(*service, library, request, response);
                       })});
}

}  // namespace hashlens
