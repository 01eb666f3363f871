// Pictures that are sent to be kept in a library.
#include <nlohmann/json.hpp>

#include "apps/cli/index_output.h"
#include "apps/server/json_output.h"
#include "apps/server/parameters.h"
#include "apps/server/route_tools.h"
#include "apps/server/uploads.h"

namespace hashlens {
namespace {

using httplib::Request;
using httplib::Response;
namespace fs = std::filesystem;

// A thumbnail as small as this tells whether it is a picture.
constexpr int kProbe = 16;

struct Upload {
  std::vector<const httplib::MultipartFormData*> pictures;
  std::vector<Tag> tags;
};

Result<Upload> ParseUpload(const Request& request) {
  if (!request.is_multipart_form_data())
    return InvalidArgument("pictures are sent as multipart/form-data, in parts named `image`");
  Upload upload;
  for (const auto& [name, part] : request.files) {
    if (name == "image") {
      upload.pictures.push_back(&part);
    } else if (name == "tags") {
      const Result<nlohmann::json> json = ParseJson(part.content);
      if (!json.ok()) return InvalidArgument("tags: not JSON");
      Result<std::vector<Tag>> tags = JsonTags(*json);
      if (!tags.ok()) return tags.status();
      upload.tags = std::move(*tags);
    } else {
      return InvalidArgument("the parts of an upload are `image` and `tags`");
    }
  }
  if (upload.pictures.empty()) return InvalidArgument("there is no part named `image`");
  return upload;
}

// What is no picture is not kept; of several, all are taken or none.
Status CheckPictures(const Upload& upload, const Service& service) {
  for (const auto* picture : upload.pictures) {
    if (service.http.stopping()) return Busy("the server is ending; nothing was kept");
    const Result<std::string> probe =
        ThumbnailOfBytes(picture->content, kProbe, service.open.limits);
    if (!probe.ok())
      return Status(probe.status().code(),
                    SafeName(picture->filename) + ": " + probe.status().message());
  }
  return {};
}

struct Saved {
  std::vector<fs::path> files;
  std::vector<fs::path> made;  // those that were not there before
};

Status SaveAll(const Upload& upload, const fs::path& folder, Saved* saved) {
  for (const auto* picture : upload.pictures) {
    bool made = false;
    Result<fs::path> path = SaveUpload(folder, picture->filename, picture->content, &made);
    if (!path.ok()) return path.status();
    if (made) saved->made.push_back(*path);
    saved->files.push_back(std::move(*path));
  }
  return {};
}

// None when it is not in the library.
Result<std::vector<ImageInfo>> ImagesOfFile(const Library& library, const fs::path& file) {
  Filter filter;
  filter.under.push_back(file);
  auto found = library.Images(filter, 0, 1);
  if (found.status().code() == StatusCode::kNotFound) return std::vector<ImageInfo>();
  return found;
}

// After a failure, as of a disk that is full: what was made and has not come into the library.
void TakeBack(const Library& library, const std::vector<fs::path>& made) {
  for (const fs::path& file : made) {
    const auto images = ImagesOfFile(library, file);
    std::error_code error;  // what cannot be removed stays; the request has failed already
    if (images.ok() && images->empty()) fs::remove(file, error);
  }
}

// The images that the files are now, in the same order; one that was removed meanwhile is passed
// over.
Result<nlohmann::json> ImagesOf(const Library& library, const std::vector<fs::path>& files) {
  nlohmann::json images = nlohmann::json::array();
  for (const fs::path& file : files) {
    const auto found = ImagesOfFile(library, file);
    if (!found.ok()) return found.status();
    for (const ImageInfo& image : *found) images.push_back(ImageJson(image));
  }
  return images;
}

// All of it on disk and in the library; `saved` has what came to be before a failure, too.
Status KeepAll(const Upload& upload, const fs::path& folder, LibraryWriter* writer, Saved* saved,
               IndexReport* report) {
  if (Status status = SaveAll(upload, folder, saved); !status.ok()) return status;
  IndexOptions index;
  index.paths = saved->files;
  index.tags = upload.tags;
  index.retry = true;
  Result<IndexReport> done = writer->Index(index);
  if (!done.ok()) return done.status();
  *report = std::move(*done);
  return {};
}

void Take(Service* service, ServedLibrary* library, const Request& request, Response& response) {
  if (service->options.uploads.empty())
    return SetProblem(response, 403, "the server was started without --uploads");
  const Result<Upload> upload = ParseUpload(request);
  if (!upload.ok()) return SetProblem(response, upload.status());
  if (Status status = CheckPictures(*upload, *service); !status.ok())
    return SetQueryProblem(response, status);
  IndexReport report;
  Saved saved;
  // Written, and taken back, by the writer's thread: a picture that is kept is on its way into the
  // library, and no other upload of the same picture comes between.
  const fs::path folder = fs::path(service->options.uploads) / library->name;
  const Status status = library->writer->Do(
      [&](LibraryWriter* writer) {
        Status kept = KeepAll(*upload, folder, writer, &saved, &report);
        if (!kept.ok()) TakeBack(library->library, saved.made);
        return kept;
      },
      service->patience());
  if (!status.ok()) return SetProblem(response, status);
  Result<nlohmann::json> images = ImagesOf(library->library, saved.files);
  if (!images.ok()) return SetProblem(response, images.status());
  nlohmann::json json = ReportJson(report);
  json["images"] = std::move(*images);
  SetJson(response, json);
}

}  // namespace

void AddUploadRoutes(Service* service) {
  service->router.Add({"POST", "/v1/libraries/{library}/images", Guard::kWrite, true, true,
                       ForLibrary(service, [service](ServedLibrary* library, const RequestContext&,
                                                     const Request& request, Response& response) {
                         Take(service, library, request, response);
                       })});
}

}  // namespace hashlens
