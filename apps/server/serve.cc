#include "apps/server/serve.h"

#include <fmt/core.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <condition_variable>
#include <mutex>
#include <thread>

#include "apps/server/service.h"

namespace hashlens {
namespace {

// Calls `end` once `stop` asks for it; from a thread of its own, as ending waits for what runs.
class Stopper {
 public:
  Stopper(std::stop_token stop, std::function<void()> end)
      : thread_([this, stop = std::move(stop), end = std::move(end)](const std::stop_token& over) {
          const std::stop_callback wake(stop, [this] {
            std::lock_guard lock(mutex_);
            asked_.notify_all();
          });
          {
            std::unique_lock lock(mutex_);
            asked_.wait(lock, over, [&] { return stop.stop_requested(); });
          }
          if (stop.stop_requested()) end();
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any asked_;
  std::jthread thread_;  // last: it uses the others
};

// Every thread would have memory of its own to take from, and keep there what its largest search
// needed.
void ShareMemoryOfThreads() {
#ifdef __GLIBC__
  ::mallopt(M_ARENA_MAX, 2);
#endif
}

}  // namespace

Status Serve(const ServeOptions& options, const OpenOptions& open, std::stop_token stop,
             const std::function<void(const std::string&)>& note) {
  ShareMemoryOfThreads();
  auto service = Service::Make(options, open);
  if (!service.ok()) return service.status();
  Service& server = **service;
  if (Status status = server.Bind(); !status.ok()) return status;
  for (const auto& library : server.libraries) {
    const Result<LibraryBrief> brief = library->library.Brief();
    if (brief.ok()) note(fmt::format("{}: {} images", library->name, brief->images));
  }
  if (!server.tokens.any() && server.writable())
    note("without tokens, everybody who can ask may also change the libraries");
  if (server.tokens.same() && server.writable())
    note("the reading token is the writing token, too: whoever may read may change the libraries");
  note("listening on " + UrlOf(server.address));
  {
    const Stopper stopper(stop, [&server] { server.Stop(); });
    server.Run();
  }
  return stop.stop_requested() ? Status() : IoError("the server's socket failed");
}

}  // namespace hashlens
