// Searches.
#include <nlohmann/json.hpp>

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

// Of `POST`, a body; of `GET`, the address alone.
void SearchOf(Service* service, ServedLibrary* library, const httplib::Request& request,
              httplib::Response& response) {
  Search(service, library,
         request.method == "POST" ? SearchOfBody(request, service->options)
                                  : SearchOfAddress(request, service->options),
         response);
}

void SearchPath(Service* service, ServedLibrary* library, const httplib::Request& request,
                httplib::Response& response) {
  if (request.has_param("library"))
    return SetProblem(response, 400, "library: the path names it already");
  SearchOf(service, library, request, response);
}

// The library that `library=` names; without it the only one.
void SearchNamed(Service* service, const httplib::Request& request, httplib::Response& response) {
  if (!request.has_param("library") && service->libraries.size() > 1)
    return SetProblem(response, 400, "library: several are served here; name one");
  const std::string name = request.has_param("library") ? request.get_param_value("library")
                                                        : service->libraries.front()->name;
  ServedLibrary* const library = FindServed(service, name, response);
  if (library != nullptr) SearchOf(service, library, request, response);
}

}  // namespace

void AddSearchRoutes(Service* service) {
  for (const bool body : {true, false}) {
    const std::string method = body ? "POST" : "GET";
    service->router.Add(
        {method, "/v1/libraries/{library}/search", Guard::kRead, true, body,
         ForLibrary(service,
                    [service](ServedLibrary* library, const RequestContext&,
                              const httplib::Request& request, httplib::Response& response) {
                      SearchPath(service, library, request, response);
                    })});
    service->router.Add(
        {method, "/v1/search", Guard::kRead, true, body,
         [service](const RequestContext&, const httplib::Request& request,
                   httplib::Response& response) { SearchNamed(service, request, response); }});
  }
}

}  // namespace hashlens
