#include "apps/server/http_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <string_view>
#include <thread>

#include "apps/server/connection.h"
#include "apps/server/connection_pool.h"
#include "apps/server/problem.h"
#include "apps/server/request_context.h"

namespace hashlens {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kHeadBytes = 32'768;
constexpr int kMostWaiting = 256;
constexpr milliseconds kHeadTime{10'000};
constexpr milliseconds kFirstMoment{500};

// An answer that the HTTP library does not give; as much of it as goes at once.
void AnswerAlone(int socket, int status, const std::string& detail) {
  const std::string text = ProblemOnTheWire(status, detail);
  (void)!::send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

// Each pair ends its name at its first '='; the HTTP library would take the last.
void ParseQuery(httplib::Request& request) {
  request.params.clear();
  const size_t mark = request.target.find('?');
  if (mark == std::string::npos) return;
  std::string_view rest = std::string_view(request.target).substr(mark + 1);
  while (!rest.empty()) {
    const std::string pair(rest.substr(0, rest.find('&')));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string value = equals == std::string::npos ? "" : pair.substr(equals + 1);
    request.params.emplace(httplib::detail::decode_url(pair.substr(0, equals), true),
                           httplib::detail::decode_url(value, true));
  }
}

// What programs send as a form when they are told nothing else is taken for what it is, which the
// HTTP library would look for parameters in.
void TakeBodyAsItIs(httplib::Request& request) {
  if (request.get_header_value("Content-Type").starts_with("application/x-www-form-urlencoded"))
    request.headers.erase("Content-Type");
}

// Whether gzip is among the codings that are wanted (RFC 9110, 12.5.3).
bool WantsGzip(std::string_view header) {
  while (!header.empty()) {
    std::string coding(header.substr(0, header.find(',')));
    header.remove_prefix(std::min(header.size(), coding.size() + 1));
    std::erase_if(coding, [](char c) { return c == ' ' || c == '\t'; });
    const size_t end = std::min(coding.find(';'), coding.size());
    const bool refused = coding.find_first_not_of("0.", end + 3) == std::string::npos &&
                         coding.compare(end, 3, ";q=") == 0;
    if (coding.compare(0, end, "gzip") == 0) return !refused;
  }
  return false;
}

// Compression by brotli costs more than it saves here, and ranges are ours (byte_range.h).
void Prepare(httplib::Request& request, RequestContext* context) {
  ParseQuery(request);
  TakeBodyAsItIs(request);
  context->range = request.get_header_value("Range");
  request.ranges.clear();
  const bool gzip = WantsGzip(request.get_header_value("Accept-Encoding"));
  request.headers.erase("Accept-Encoding");
  if (gzip) request.set_header("Accept-Encoding", "gzip");
}

}  // namespace

HttpServer::HttpServer(const ServeOptions& options)
    : request_time_(milliseconds{1000} * options.timeout_seconds),
      idle_time_(milliseconds{1000} * options.keep_alive_seconds) {
  new_task_queue = [this, threads = options.threads] {
    return new ConnectionPool(threads, kMostWaiting, &waiting_);
  };
  // Without SO_REUSEPORT, by which two servers would share one address unawares.
  set_socket_options([this](socket_t socket) {
    listening_ = socket;
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  set_tcp_nodelay(true);
  set_keep_alive_timeout(options.keep_alive_seconds);
  set_payload_max_length(options.max_body);
}

Status HttpServer::Bind(Address* address) {
  errno = 0;
  const int port = address->port == 0
                       ? bind_to_any_port(address->host)
                       : (bind_to_port(address->host, address->port) ? address->port : -1);
  if (port < 0) {
    return IoError(UrlOf(*address) + ": cannot listen there: " +
                   (errno != 0 ? std::strerror(errno) : "no such address"));
  }
  address->port = port;
  // The HTTP library lets 5 wait to be taken; of more that come at once, each would wait a second
  // or three.
  ::listen(listening_, kMostWaiting);
  return {};
}

void HttpServer::Run() {
  if (!stopping_) listen_after_bind();
  done_ = true;
}

void HttpServer::Stop() {
  stopping_ = true;
  // The HTTP library takes notice only while it runs.
  while (!done_) {
    stop();
    std::this_thread::sleep_for(milliseconds{20});
  }
}

bool HttpServer::process_and_close_socket(socket_t socket) {
  if (ConnectionPool::Refusing()) {
    // Without a thread to spare, nothing is read.
    AnswerAlone(socket, 503, "too many connections; try again");
  } else {
    ++connections_;
    try {
      Serve(socket);
    } catch (const std::exception&) {
      // Out of memory, or a header that the HTTP library stumbles over: the connection ends.
    }
    RequestContext::Current() = nullptr;
    --connections_;
  }
  ::shutdown(socket, SHUT_RDWR);
  ::close(socket);
  return true;
}

// Version 0.11 of the HTTP library asks the stream for the addresses of both ends, 0.18 takes them
// as arguments.
template <typename Stream>
bool HttpServer::Process(Stream& stream, bool* closed, RequestContext* context) {
  const auto prepare = [context](httplib::Request& request) { Prepare(request, context); };
  if constexpr (requires { process_request(stream, false, *closed, prepare); }) {
    return process_request(stream, stopping_, *closed, prepare);
  } else {
    std::string remote;
    std::string local;
    int remote_port = 0;
    int local_port = 0;
    stream.get_remote_ip_and_port(remote, remote_port);
    stream.get_local_ip_and_port(local, local_port);
    return process_request(stream, remote, remote_port, local, local_port, stopping_, *closed,
                           prepare);
  }
}

void HttpServer::Serve(int socket) {
  Connection connection(socket, &stopping_);
  const auto begin = Connection::Clock::now();
  for (bool first = true;; first = false) {
    const auto patience = first ? std::min(request_time_, kHeadTime) : idle_time_;
    // A connection without a request gives way to those that have one; a new one has a moment.
    const auto give_up = [this, first, begin] {
      return stopping_ ||
             (waiting_ > 0 && (!first || Connection::Clock::now() - begin > kFirstMoment));
    };
    if (!connection.WaitForRequest(patience, give_up)) return;
    RequestContext context(&connection);
    RequestContext::Current() = &context;
    connection.BeginRequest(kHeadBytes, std::min(request_time_, kHeadTime));
    bool closed = false;
    const bool going = Process(connection, &closed, &context);
    RequestContext::Current() = nullptr;
    // The HTTP library hangs up when the first line does not end.
    if (!going && !connection.was_answered()) {
      if (connection.was_too_much()) AnswerAlone(socket, 414, "the address is too long");
      if (connection.was_malformed())
        AnswerAlone(socket, 400, "the request could not be understood");
    }
    if (!going || closed || context.close || stopping_) {
      if (!closed) connection.CloseGently();
      return;
    }
  }
}

}  // namespace hashlens
