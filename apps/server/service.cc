#include "apps/server/service.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "apps/server/uploads.h"

namespace hashlens {
namespace {

constexpr int kMostStreams = 16;

// From a file or, without one, from the environment.
// Who sets a token that is empty, as by a variable of a shell that is not set, does not want none.
Result<std::string> FindToken(const std::string& file, const std::string& variable) {
  if (!file.empty()) return ReadTokenFile(file);
  for (const std::string& name : {variable + "_FILE", variable}) {
    const char* const value = std::getenv(name.c_str());
    if (value != nullptr && *value == '\0')
      return InvalidArgument(name + " is set, but empty; unset it to go without a token");
  }
  const char* const value = std::getenv(variable.c_str());
  if (value == nullptr) return std::string();
  if (Status status = CheckToken(value, variable); !status.ok()) return status;
  return std::string(value);
}

Result<Tokens> FindTokens(const ServeOptions& options) {
  Result<std::string> read = FindToken(options.read_token_file, "HASHLENS_SERVE_READ_TOKEN");
  if (!read.ok()) return read.status();
  Result<std::string> write = FindToken(options.write_token_file, "HASHLENS_SERVE_WRITE_TOKEN");
  if (!write.ok()) return write.status();
  return Tokens(std::move(*read), std::move(*write));
}

Status CheckOptions(const ServeOptions& options, const Address& address, const Tokens& tokens) {
  if (options.libraries.empty())
    return InvalidArgument("serve needs a library: hashlens serve LIB");
  if (!address.loopback && !tokens.guards_reading() && !options.force_open) {
    return InvalidArgument(
        options.listen +
        ": others could read everything: give --read-token-file (and a proxy with TLS before the "
        "server), or --force-open where the network is trusted");
  }
  if (options.max_requests + 2 > options.threads) {
    return InvalidArgument(
        "--threads must be at least 2 more than --max-requests, so that somebody can answer "
        "while all work");
  }
  return {};
}

}  // namespace

Status ServedLibrary::InPlace() const {
  if (folder_.InPlace()) return {};
  return Busy(name + ": the folder of the library is gone or was replaced; start the server again");
}

Result<LibraryInfo> ServedLibrary::Info() {
  const Result<LibraryBrief> brief = library.Brief();
  if (!brief.ok()) return brief.status();
  std::lock_guard lock(info_mutex_);
  if (!info_ || info_state_ != brief->state) {
    Result<LibraryInfo> info = library.Info();
    if (!info.ok()) return info.status();
    info_ = std::move(*info);
    info_state_ = brief->state;
  }
  return *info_;
}

Service::Service(const ServeOptions& o, const OpenOptions& open_options, Address a, Tokens t,
                 AllowedPaths roots)
    : options(o),
      open(open_options),
      address(std::move(a)),
      tokens(std::move(t)),
      allowed(std::move(roots)),
      thumbnails(o.thumbnail_cache),
      work(o.max_requests),
      bodies(o.max_requests),
      streams(std::min(kMostStreams, (o.threads - o.max_requests) / 2)),
      http(o) {}

Result<std::unique_ptr<Service>> Service::Make(const ServeOptions& options,
                                               const OpenOptions& open) {
  Result<Address> address = ParseAddress(options.listen);
  if (!address.ok()) return address.status();
  Result<Tokens> tokens = FindTokens(options);
  if (!tokens.ok()) return tokens.status();
  if (Status status = CheckOptions(options, *address, *tokens); !status.ok()) return status;
  Result<AllowedPaths> allowed = AllowedPaths::Make(options.roots);
  if (!allowed.ok()) return allowed.status();
  std::unique_ptr<Service> service(
      new Service(options, open, std::move(*address), std::move(*tokens), std::move(*allowed)));
  if (Status status = service->OpenLibraries(); !status.ok()) return status;
  for (const auto add :
       {AddPageRoutes, AddStatusRoutes, AddLibraryRoutes, AddImageRoutes, AddCodeRoutes,
        AddSearchRoutes, AddChangeRoutes, AddUploadRoutes, AddJobRoutes, ConnectRoutes})
    add(service.get());
  return service;
}

Status Service::OpenLibraries() {
  if (!options.uploads.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.uploads, error);
    if (error)
      return InvalidArgument("--uploads '" + PrintablePath(options.uploads) +
                             "': no folder, and none can be made: " + error.message());
  }
  OpenOptions follow = open;
  follow.follow = true;
  for (const std::string& named : options.libraries) {
    const std::filesystem::path path = LibraryPath(named);
    const std::string name = path.stem().native();
    if (Find(name) != nullptr)
      return InvalidArgument(PrintablePath(name) + ": two libraries of this name");
    if (!HexIfNotUtf8(name).empty())
      return InvalidArgument(PrintablePath(name) + ": a library's name must be UTF-8 to be served");
    Result<Library> library = Library::Open(named, follow);
    if (!library.ok()) return library.status();
    auto served = std::make_unique<ServedLibrary>(name, path, std::move(*library), &metrics);
    if (const auto model = DescribeModel(path); model.ok()) served->text = model->text;
    if (writable()) {
      served->writer =
          std::make_unique<WriterQueue>(path, open, static_cast<size_t>(options.max_jobs));
    }
    if (!options.uploads.empty()) ClearUploads(std::filesystem::path(options.uploads) / name);
    libraries.push_back(std::move(served));
  }
  return {};
}

ServedLibrary* Service::Find(const std::string& name) const {
  const auto found =
      std::ranges::find_if(libraries, [&](const auto& library) { return library->name == name; });
  return found == libraries.end() ? nullptr : found->get();
}

void Service::Stop() {
  for (const auto& library : libraries) {
    if (library->writer) library->writer->Stop();
  }
  jobs.CancelAll();
  http.Stop();
}

}  // namespace hashlens
