// The HTTP library's server with connections of ours: bounded in time, bytes and number, and ended
// in an orderly way.
#ifndef HASHLENS_APPS_SERVER_HTTP_SERVER_H_
#define HASHLENS_APPS_SERVER_HTTP_SERVER_H_

#include <httplib.h>

#include <atomic>
#include <chrono>

#include "apps/server/address.h"
#include "apps/server/serve_options.h"
#include "hashlens/status.h"

namespace hashlens {

struct RequestContext;

class HttpServer : public httplib::Server {
 public:
  explicit HttpServer(const ServeOptions& options);

  // Takes the address; port 0 becomes the one that was found. kIoError.
  Status Bind(Address* address);
  // Answers until Stop, then what has begun. From any thread; may come before Run.
  void Run();
  void Stop();
  bool stopping() const { return stopping_; }

  size_t waiting() const { return waiting_; }
  int connections() const { return connections_; }

 protected:
  // Answers the requests of a connection, in this thread.
  bool process_and_close_socket(socket_t socket) override;

 private:
  void Serve(int socket);
  // One request and its answer; false ends the connection.
  template <typename Stream>
  bool Process(Stream& stream, bool* closed, RequestContext* context);

  const std::chrono::milliseconds request_time_;
  const std::chrono::milliseconds idle_time_;
  socket_t listening_ = INVALID_SOCKET;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> done_{false};
  std::atomic<size_t> waiting_{0};
  std::atomic<int> connections_{0};
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_HTTP_SERVER_H_
