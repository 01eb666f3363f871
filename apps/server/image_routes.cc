// Single images: what is known of them, their files and thumbnails.
#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/server/json_output.h"
#include "apps/server/parameters.h"
#include "apps/server/picture_file.h"
#include "apps/server/route_tools.h"

namespace hashlens {
namespace {

using httplib::Request;
using httplib::Response;

Result<ImageInfo> FindImage(ServedLibrary* library, const RequestContext& context) {
  const Result<uint64_t> id = IdParameter(context, 1);
  if (!id.ok()) return id.status();
  return library->library.Image(*id);
}

void SendThumbnail(Service* service, ServedLibrary* library, const RequestContext& context,
                   const Request& request, Response& response) {
  if (Status status = CheckParameters(request, {"size"}); !status.ok())
    return SetProblem(response, status);
  const Result<uint64_t> size = NumberParameter(request, "size", 256, 16, 1024);
  if (!size.ok()) return SetProblem(response, size.status());
  const Result<ImageInfo> image = FindImage(library, context);
  if (!image.ok()) return SetProblem(response, image.status());
  // An image that changes gets another id; the file may meanwhile be another.
  const std::string etag = fmt::format("\"t{}-{}-{:x}\"", image->id, *size, image->added_at_ms);
  if (IsUnchanged(request, response, etag, "private, max-age=86400")) return;
  const std::string key = library->name + "/" + etag;
  ThumbnailCache::Bytes bytes = service->thumbnails.Find(key);
  if (!bytes) {
    Result<std::string> made =
        Thumbnail(image->path, static_cast<int>(*size), service->open.limits);
    if (!made.ok()) {
      response.headers.erase("ETag");
      return SetProblem(response, 404, "there is no thumbnail: " + made.status().message());
    }
    bytes = std::make_shared<const std::string>(std::move(*made));
    service->thumbnails.Keep(key, bytes);
  }
  response.status = 200;
  response.set_content(*bytes, "image/jpeg");
}

}  // namespace

void AddImageRoutes(Service* service) {
  const std::string image = "/v1/libraries/{library}/images/{id}";
  service->router.Add({"GET", image, Guard::kRead, false, false,
                       ForLibrary(service, [](ServedLibrary* library, const RequestContext& context,
                                              const Request&, Response& response) {
                         const Result<ImageInfo> found = FindImage(library, context);
                         if (!found.ok()) return SetProblem(response, found.status());
                         SetJson(response, ImageJson(*found));
                       })});
  service->router.Add({"GET", image + "/file", Guard::kRead, false, false,
                       ForLibrary(service, [](ServedLibrary* library, const RequestContext& context,
                                              const Request& request, Response& response) {
                         const Result<ImageInfo> found = FindImage(library, context);
                         if (!found.ok()) return SetProblem(response, found.status());
                         SendFile(found->path, found->bytes, MimeOf(found->format), context.range,
                                  request, response);
                       })});
  service->router.Add(
      {"GET", image + "/thumbnail", Guard::kRead, true, false,
       ForLibrary(service, [service](ServedLibrary* library, const RequestContext& context,
                                     const Request& request, Response& response) {
         SendThumbnail(service, library, context, request, response);
       })});
}

}  // namespace hashlens
