// Searches.
#include "apps/server/json_output.h"
#include "apps/server/query_input.h"
#include "apps/server/route_tools.h"

namespace hashlens {
namespace {

void Search(Service* service, ServedLibrary* library, Result<SearchInput> input,
            httplib::Response& response) {
  if (!input.ok()) return SetProblem(response, input.status());
  const Query& query = input->query;
  if (query.id == 0 && !query.text && !query.bytes && query.like.empty()) {
    return SetProblem(response, 400,
                      "nothing to look for: a search needs an image, an id, a text or `like`");
  }
  const Batcher::Answer answer =
      library->batcher.Search(std::move(input->query), input->options, service->patience());
  if (!answer.result.ok()) {
    if (answer.of_query) return SetQueryProblem(response, answer.result.status());
    return SetProblem(response, answer.result.status());
  }
  service->metrics.AddSearch(answer.result->stages_ms);
  SetJson(response, SearchJson(*answer.result));
}

}  // namespace

void AddSearchRoutes(Service* service) {
  const std::string path = "/v1/libraries/{library}/search";
  service->router.Add(
      {"POST", path, Guard::kRead, true, true,
       ForLibrary(service, [service](ServedLibrary* library, const RequestContext&,
                                     const httplib::Request& request, httplib::Response& response) {
         Search(service, library, SearchOfBody(request, service->options), response);
       })});
  service->router.Add(
      {"GET", path, Guard::kRead, true, false,
       ForLibrary(service, [service](ServedLibrary* library, const RequestContext&,
                                     const httplib::Request& request, httplib::Response& response) {
         Search(service, library, SearchOfAddress(request, service->options), response);
       })});
}

}  // namespace hashlens
