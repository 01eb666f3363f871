// What the functions behind routes have in common.
#ifndef HASHLENS_APPS_SERVER_ROUTE_TOOLS_H_
#define HASHLENS_APPS_SERVER_ROUTE_TOOLS_H_

#include <httplib.h>

#include <functional>
#include <string>

#include "apps/server/parameters.h"
#include "apps/server/problem.h"
#include "apps/server/request_context.h"
#include "apps/server/router.h"
#include "apps/server/service.h"

namespace hashlens {

using LibraryHandler = std::function<void(ServedLibrary*, const RequestContext&,
                                          const httplib::Request&, httplib::Response&)>;

// nullptr, and a 404, for a name that is not served; a 503 for one whose folder is gone.
inline ServedLibrary* FindServed(Service* service, const std::string& name,
                                 httplib::Response& response) {
  ServedLibrary* const library = service->Find(name);
  if (library == nullptr) {
    SetProblem(response, 404, "no library of this name is served here");
  } else if (const Status status = library->InPlace(); !status.ok()) {
    SetProblem(response, status);
    return nullptr;
  }
  return library;
}

// For patterns whose first {name} is a library; 404 for one that is not served.
inline Route::Handler ForLibrary(Service* service, LibraryHandler handler) {
  return [service, handler = std::move(handler)](const RequestContext& context,
                                                 const httplib::Request& request,
                                                 httplib::Response& response) {
    ServedLibrary* const library = FindServed(service, context.parameters[0], response);
    if (library != nullptr) handler(library, context, request, response);
  };
}

// The id of an image or a job, which is the `place`-th {name} of the pattern.
inline Result<uint64_t> IdParameter(const RequestContext& context, size_t place) {
  return ParseNumber(context.parameters[place], "id", 1, INT64_MAX);
}

// `"tag"` -> 304 when the client has this version already; else sets ETag and Cache-Control.
inline bool IsUnchanged(const httplib::Request& request, httplib::Response& response,
                        const std::string& etag, const char* cache_control) {
  response.set_header("ETag", etag);
  response.set_header("Cache-Control", cache_control);
  const std::string known = request.get_header_value("If-None-Match");
  if (known != "*" && known.find(etag) == std::string::npos) return false;
  response.status = 304;
  return true;
}

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_ROUTE_TOOLS_H_
