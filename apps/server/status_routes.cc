// How the server is: for those who watch over it.
#include <fmt/core.h>

#include "apps/server/route_tools.h"

namespace hashlens {
namespace {

std::string LibraryMetrics(const Service& service) {
  std::string text = MetricHead("hashlens_library_images", "gauge", "Images of a library");
  for (const auto& library : service.libraries) {
    const Result<LibraryBrief> brief = library->library.Brief();
    if (brief.ok()) {
      text += fmt::format("hashlens_library_images{{library=\"{}\"}} {}\n",
                          LabelText(library->name), brief->images);
    }
  }
  text += MetricHead("hashlens_writer_waiting", "gauge", "Changes of a library that wait");
  for (const auto& library : service.libraries) {
    text += fmt::format("hashlens_writer_waiting{{library=\"{}\"}} {}\n", LabelText(library->name),
                        library->writer ? library->writer->waiting() : 0);
  }
  return text;
}

std::string Value(const char* name, const char* type, const char* help, uint64_t value) {
  return MetricHead(name, type, help) + fmt::format("{} {}\n", name, value);
}

std::string ServerMetrics(const Service& service) {
  const ThumbnailCache::Counts thumbnails = service.thumbnails.counts();
  std::string text;
  text += Value("hashlens_connections", "gauge", "Connections that have a thread",
                static_cast<uint64_t>(service.http.connections()));
  text += Value("hashlens_connections_waiting", "gauge", "Connections that wait for a thread",
                service.http.waiting());
  text += Value("hashlens_requests_working", "gauge", "Requests counted by --max-requests",
                static_cast<uint64_t>(service.work.inside()));
  text += Value("hashlens_bodies", "gauge", "Large bodies that come in or are worked on",
                static_cast<uint64_t>(service.bodies.inside()));
  text += Value("hashlens_thumbnail_hits_total", "counter", "Thumbnails found in the cache",
                thumbnails.hits);
  text += Value("hashlens_thumbnail_misses_total", "counter", "Thumbnails not found in the cache",
                thumbnails.misses);
  text += Value("hashlens_thumbnail_bytes", "gauge", "Memory of the thumbnails' cache",
                thumbnails.bytes);
  text += Value("hashlens_thumbnails", "gauge", "Thumbnails in the cache", thumbnails.entries);
  return text;
}

}  // namespace

void AddStatusRoutes(Service* service) {
  using httplib::Request;
  using httplib::Response;
  service->router.Add({"GET", "/healthz", Guard::kOpen, false, false,
                       [](const RequestContext&, const Request&, Response& response) {
                         response.set_header("Cache-Control", "no-store");
                         response.set_content("ok\n", "text/plain");
                       }});
  // Whether every library can be searched.
  service->router.Add({"GET", "/readyz", Guard::kOpen, false, false,
                       [service](const RequestContext&, const Request&, Response& response) {
                         if (service->http.stopping())
                           return SetBusy(response, 503, "the server is ending", 5);
                         for (const auto& library : service->libraries) {
                           if (const Status status = library->InPlace(); !status.ok())
                             return SetProblem(response, status);
                           if (!library->library.Brief().ok())
                             return SetBusy(response, 503,
                                            library->name + ": the library cannot be read", 5);
                         }
                         response.set_header("Cache-Control", "no-store");
                         response.set_content("ready\n", "text/plain");
                       }});
  service->router.Add({"GET", "/metrics", Guard::kRead, false, false,
                       [service](const RequestContext&, const Request&, Response& response) {
                         response.set_content(service->metrics.Text() + LibraryMetrics(*service) +
                                                  ServerMetrics(*service),
                                              "text/plain; version=0.0.4; charset=utf-8");
                       }});
}

}  // namespace hashlens
