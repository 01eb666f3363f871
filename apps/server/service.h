// The server: the libraries it serves, and what all answers share.
#ifndef HASHLENS_APPS_SERVER_SERVICE_H_
#define HASHLENS_APPS_SERVER_SERVICE_H_

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "apps/server/address.h"
#include "apps/server/allowed_paths.h"
#include "apps/server/batcher.h"
#include "apps/server/gate.h"
#include "apps/server/held_folder.h"
#include "apps/server/http_server.h"
#include "apps/server/jobs.h"
#include "apps/server/metrics.h"
#include "apps/server/router.h"
#include "apps/server/serve_options.h"
#include "apps/server/thumbnail_cache.h"
#include "apps/server/tokens.h"
#include "apps/server/writer_queue.h"
#include "hashlens/library.h"

namespace hashlens {

struct ServedLibrary {
  ServedLibrary(std::string n, std::filesystem::path p, Library l, Metrics* metrics)
      : name(std::move(n)),
        path(std::move(p)),
        library(std::move(l)),
        batcher(&library, metrics),
        folder_(path) {}

  const std::string name;
  const std::filesystem::path path;
  Library library;
  bool text = false;  // words can be queries
  Batcher batcher;
  std::unique_ptr<WriterQueue> writer;  // none: nothing can be changed

  // kBusy when the folder is gone, or another one is in its place: what is read would be the old
  // one, and what is written the new one.
  Status InPlace() const;
  // Counting distinct codes takes long in large libraries: once a state of it.
  Result<LibraryInfo> Info();

 private:
  const HeldFolder folder_;
  std::mutex info_mutex_;
  std::optional<LibraryInfo> info_;
  uint64_t info_state_ = 0;
};

class Service {
 public:
  // Opens the libraries. kInvalidArgument for options that make no sense.
  static Result<std::unique_ptr<Service>> Make(const ServeOptions& options,
                                               const OpenOptions& open);

  // Takes the address that the options name; see HttpServer.
  Status Bind() { return http.Bind(&address); }
  void Run() { http.Run(); }
  // Cancels jobs, refuses what is new, finishes what has begun.
  void Stop();

  ServedLibrary* Find(const std::string& name) const;
  bool writable() const { return !options.read_only; }
  std::chrono::milliseconds patience() const {
    return std::chrono::milliseconds{1000} * options.timeout_seconds;
  }

  const ServeOptions options;
  const OpenOptions open;
  Address address;
  const Tokens tokens;
  const AllowedPaths allowed;
  Metrics metrics;
  ThumbnailCache thumbnails;
  JobBoard jobs;
  Gate work;
  Gate bodies;  // large ones that are coming or are worked on
  Gate streams;
  std::vector<std::unique_ptr<ServedLibrary>> libraries;
  Router router;
  HttpServer http;

 private:
  Service(const ServeOptions& o, const OpenOptions& open_options, Address a, Tokens t,
          AllowedPaths roots);
  Status OpenLibraries();
};

// Each adds its routes.
void AddPageRoutes(Service* service);
void AddStatusRoutes(Service* service);
void AddLibraryRoutes(Service* service);
void AddImageRoutes(Service* service);
void AddCodeRoutes(Service* service);
void AddSearchRoutes(Service* service);
void AddChangeRoutes(Service* service);
void AddUploadRoutes(Service* service);
void AddJobRoutes(Service* service);
// What stands before and after all routes: who may, how much, the log. Once, after them.
void ConnectRoutes(Service* service);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_SERVICE_H_
