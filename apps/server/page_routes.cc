// The page and its parts.
#include "apps/server/assets.h"
#include "apps/server/route_tools.h"

namespace hashlens {

void AddPageRoutes(Service* service) {
  for (const Asset& asset : Assets()) {
    Route route{"GET", std::string(asset.path), Guard::kOpen, false, false, nullptr};
    route.handler = [&asset](const RequestContext&, const httplib::Request& request,
                             httplib::Response& response) {
      if (IsUnchanged(request, response, std::string(asset.etag), "no-cache")) return;
      response.status = 200;
      response.set_content(asset.bytes.data(), asset.bytes.size(), std::string(asset.mime));
    };
    service->router.Add(std::move(route));
  }
}

}  // namespace hashlens
