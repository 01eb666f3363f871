// Whole requests over a connection (apps/server/http_server.h): heads, addresses, bodies in parts,
// and what a search makes of them. The input is what a client sends.
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "apps/server/http_server.h"
#include "apps/server/problem.h"
#include "apps/server/query_input.h"
#include "apps/server/request_context.h"
#include "base/file.h"
#include "fuzz/input.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

constexpr uint64_t kMostBody = 1 << 16;
constexpr size_t kLongestPath = 1024;  // as the server has it

class FuzzedServer : public HttpServer {
 public:
  explicit FuzzedServer(const ServeOptions& options) : HttpServer(options) {
    const auto search = [options](const httplib::Request& request, httplib::Response& response) {
      const auto input = request.method == "GET" ? SearchOfAddress(request, options)
                                                 : SearchOfBody(request, options);
      if (!input.ok()) return SetQueryProblem(response, input.status());
      response.set_content(input->query.bytes.value_or(""), "text/plain");
    };
    set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      RequestContext::Current()->connection->AllowBody(kMostBody, std::chrono::seconds(1));
      if (request.path.size() <= kLongestPath) return HandlerResponse::Unhandled;
      SetProblem(response, 414, "the path is too long");
      return HandlerResponse::Handled;
    });
    Get("[\\s\\S]*", search);
    Post("[\\s\\S]*", search);
  }
  // As a thread of the server does. The socket is closed.
  void Take(int socket) { process_and_close_socket(socket); }
};

// Until the other side closes.
void ReadAnswers(int socket) {
  char bytes[4096];
  while (::recv(socket, bytes, sizeof bytes, 0) > 0) {
  }
}

void FuzzHttpRequest(ByteSpan input) {
  ServeOptions options;
  options.max_body = kMostBody;
  options.timeout_seconds = 1;
  static FuzzedServer server(options);
  int sockets[2];
  Require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0, "a socket pair");
  const FileHandle client(sockets[1]);
  const ByteSpan sent = input.first(std::min<size_t>(input.size(), kMostBody));
  Require(::send(sockets[1], sent.data(), sent.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
              static_cast<ssize_t>(sent.size()),
          "a socket pair takes a request");
  ::shutdown(sockets[1], SHUT_WR);
  const std::jthread reader([&] { ReadAnswers(client.fd()); });
  server.Take(sockets[0]);
}

const FuzzTarget kHttpRequest("http_request", FuzzHttpRequest);

}  // namespace
}  // namespace hashlens
