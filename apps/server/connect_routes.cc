// Before and after every route: host, route, token, bounds; problems, metrics, the log.
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "apps/server/problem.h"
#include "apps/server/request_context.h"
#include "apps/server/service.h"

namespace hashlens {
namespace {

using httplib::Request;
using httplib::Response;
using std::chrono::milliseconds;

constexpr size_t kLongestPath = 1024;
// Bodies up to here are read without being counted: they take little memory.
constexpr uint64_t kSmallBody = uint64_t{1} << 16;
// A body's frame, in chunks or parts: so much more may come.
constexpr uint64_t kFrame = uint64_t{1} << 20;

constexpr char kMethods[] = "GET, HEAD, POST, DELETE";

constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// Of the body; none: there is none, or how long it is cannot be relied on (then *problem).
std::optional<uint64_t> BodyLength(const Request& request, const char** problem) {
  const auto lengths = request.get_header_value_count("Content-Length");
  const auto codings = request.get_header_value_count("Transfer-Encoding");
  if (lengths + codings == 0) return std::nullopt;
  if (lengths + codings > 1) {
    *problem = "one Content-Length or one Transfer-Encoding, not several";
    return std::nullopt;
  }
  if (codings == 1) {
    if (request.get_header_value("Transfer-Encoding") != "chunked")
      *problem = "the only Transfer-Encoding that is taken is chunked";
    return 0;
  }
  const std::string text = request.get_header_value("Content-Length");
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size())
    *problem = "the Content-Length is no number";
  return length;
}

bool AcceptBody(Service* service, const Request& request, Response& response,
                RequestContext* context) {
  const char* problem = nullptr;
  const std::optional<uint64_t> length = BodyLength(request, &problem);
  if (problem != nullptr) {
    SetProblem(response, 400, problem);
    return false;
  }
  const bool chunked = request.has_header("Transfer-Encoding");
  if (!context->route->body) {
    if (!length || (*length == 0 && !chunked)) return true;
    SetProblem(response, 400, "this takes no body");
    return false;
  }
  if (!length) {
    SetProblem(response, 411,
               "how long is the body? Content-Length, or Transfer-Encoding: chunked");
    return false;
  }
  const uint64_t most = service->options.max_body;
  if (*length > most) {
    SetProblem(response, 413, fmt::format("the body is over the limit of {} bytes", most));
    return false;
  }
  if (request.has_header("Content-Encoding")) {
    SetProblem(response, 415, "bodies are taken as they are, without Content-Encoding");
    return false;
  }
  const uint64_t bytes = chunked ? most + kFrame : *length;
  if (chunked || *length > kSmallBody) {
    context->body_pass = service->bodies.Enter();
    if (!context->body_pass) {
      SetBusy(response, 429, "too many bodies come in at once; try again", 1);
      return false;
    }
  }
  context->connection->AllowBody(bytes, service->patience());
  return true;
}

// Asks for no change (RFC 9110, 9.2.1).
bool IsSafe(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

bool AcceptHost(const Service& service, const Request& request, Response& response) {
  const bool checked = service.address.loopback || !service.options.hosts.empty();
  const std::string host = request.get_header_value("Host");
  if (request.get_header_value_count("Host") > 1) {
    SetProblem(response, 400, "a request has one Host");
    return false;
  }
  if (checked && !IsOwnHost(host, service.options.hosts)) {
    SetProblem(response, 421,
               "this server is not known as the Host that was asked for; --host "
               "names others");
    return false;
  }
  const std::string site = request.get_header_value("Sec-Fetch-Site");
  if (!IsSafe(request) && (site == "cross-site" || site == "same-site" ||
                           IsForeign(request.get_header_value("Origin"), host))) {
    SetProblem(response, 403, "a page of another site asks for this");
    return false;
  }
  return true;
}

bool AcceptRoute(const Service& service, const Request& request, Response& response,
                 RequestContext* context) {
  if (request.path.size() > kLongestPath) {
    SetProblem(response, 414, "the path is too long");
    return false;
  }
  Match match = service.router.Find(request.method, request.path);
  context->route = match.route;
  context->parameters = std::move(match.parameters);
  if (match.route != nullptr) return true;
  if (match.allowed.empty()) {
    SetProblem(response, 404, "nothing is at this address; /openapi.json lists what is");
  } else {
    SetProblem(response, 405, "this address takes " + match.allowed);
    response.set_header("Allow", match.allowed);
  }
  return false;
}

bool AcceptToken(const Service& service, const Request& request, Response& response,
                 RequestContext* context) {
  context->access = service.tokens.Of(request.get_header_value("Authorization"));
  const Guard guard = context->route->guard;
  if (guard == Guard::kOpen) return true;
  if (context->access == Access::kNone ||
      (guard == Guard::kWrite && context->access != Access::kWrite &&
       !request.has_header("Authorization"))) {
    SetProblem(response, 401,
               request.has_header("Authorization")
                   ? "the Authorization is none of this server's tokens"
                   : "this needs a token: Authorization: Bearer TOKEN");
    response.set_header("WWW-Authenticate", "Bearer");
    return false;
  }
  if (guard != Guard::kWrite) return true;
  if (context->access != Access::kWrite) {
    SetProblem(response, 403, "this needs the token for writing");
    return false;
  }
  if (service.writable()) return true;
  SetProblem(response, 403, "the server was started with --read-only");
  return false;
}

bool Accept(Service* service, const Request& request, Response& response, RequestContext* context) {
  return AcceptHost(*service, request, response) &&
         AcceptRoute(*service, request, response, context) &&
         AcceptToken(*service, request, response, context) &&
         AcceptBody(service, request, response, context);
}

// The work begins when the request is here, so that one that comes slowly keeps nobody from
// working.
void Answer(Service* service, const Request& request, Response& response) {
  RequestContext* const context = RequestContext::Current();
  if (context->route == nullptr) return SetProblem(response, 404, "nothing is at this address");
  if (context->route->works) {
    context->pass = service->work.Enter();
    if (!context->pass) return SetBusy(response, 429, "too many requests at once; try again", 1);
  }
  context->route->handler(*context, request, response);
}

// Looks like a method, and is none of ours.
bool IsMethod(const std::string& method) {
  const auto is_letter = [](unsigned char c) { return std::isupper(c) != 0; };
  return !method.empty() && std::ranges::all_of(method, is_letter) &&
         (std::string(kMethods) + ",").find(method + ",") == std::string::npos;
}

// Of errors that nobody has put into words yet.
void Explain(const RequestContext* context, const Request& request, Response& response) {
  if (!response.body.empty()) return;
  const bool late = context != nullptr && context->connection->was_late();
  const bool large = context != nullptr && context->connection->was_too_much();
  if (context != nullptr && context->connection->was_malformed())
    return SetProblem(response, 400, "the head has a line that could be read in two ways");
  if (late) return SetProblem(response, 408, "the request came in too slowly");
  if (large) {
    return SetProblem(response, context->admitted ? 413 : 431,
                      context->admitted ? "the body is over the limit" : "the head is too long");
  }
  const bool unread = response.status == 400;
  // The HTTP library reads no further than a method that it does not know.
  if (unread && context != nullptr && context->route == nullptr && IsMethod(request.method)) {
    response.set_header("Allow", kMethods);
    return SetProblem(response, 405, std::string("no address takes this method, but ") + kMethods);
  }
  if (response.status == 416) return SetProblem(response, 416, "the Range is not bytes=FIRST-LAST");
  if (response.status == 414) return SetProblem(response, 414, "the address is too long");
  SetProblem(response, response.status,
             unread ? "the request could not be understood" : "the request failed");
}

// Which requests of whom were answered how: a line of JSON on stderr.
void WriteLog(const RequestContext& context, const Request& request, const Response& response,
              double seconds) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  char time[32] = "";
  if (::gmtime_r(&now, &utc) != nullptr)
    std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc);
  nlohmann::json line = {{"time", time},
                         {"peer", context.connection->peer()},
                         {"method", request.method},
                         {"path", request.path},
                         {"status", response.status},
                         {"ms", std::round(seconds * 1e5) / 100}};
  if (context.route != nullptr) line["route"] = context.route->pattern;
  const std::string text =
      line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Note(Service* service, const Request& request, const Response& response) {
  const RequestContext* const context = RequestContext::Current();
  if (context == nullptr) return;
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - context->start).count();
  // Words of the client do not become names of metrics.
  const bool known = context->route != nullptr;
  service->metrics.AddRequest(known ? context->route->pattern : "none",
                              known ? request.method : "other", response.status, seconds);
  if (service->options.access_log) WriteLog(*context, request, response, seconds);
}

}  // namespace

void ConnectRoutes(Service* service) {
  HttpServer& http = service->http;
  http.set_default_headers({{"X-Content-Type-Options", "nosniff"},
                            {"Referrer-Policy", "no-referrer"},
                            {"Cross-Origin-Resource-Policy", "same-origin"},
                            {"X-Frame-Options", "DENY"},
                            {"Vary", "Accept-Encoding"},
                            {"Content-Security-Policy", kPolicy}});
  http.set_pre_routing_handler([service](const Request& request, Response& response) {
    RequestContext* const context = RequestContext::Current();
    context->read = true;
    context->admitted = Accept(service, request, response, context);
    const bool body = !IsSafe(request) || request.has_header("Content-Length") ||
                      request.has_header("Transfer-Encoding");
    if (!context->admitted) context->close = body;
    return context->admitted ? httplib::Server::HandlerResponse::Unhandled
                             : httplib::Server::HandlerResponse::Handled;
  });
  // A client that waits for leave to send is told before it sends what will be refused.
  http.set_expect_100_continue_handler([service](const Request& request, Response& response) {
    RequestContext probe(RequestContext::Current()->connection);
    if (Accept(service, request, response, &probe)) return 100;
    RequestContext::Current()->close = true;
    return response.status;
  });
  http.set_error_handler([](const Request& request, Response& response) {
    RequestContext* const context = RequestContext::Current();
    if (context != nullptr && (!context->read || !IsSafe(request)))
      context->close = true;  // of the body something may be left
    Explain(context, request, response);
    if (context != nullptr && context->close) response.set_header("Connection", "close");
  });
  http.set_exception_handler([](const Request&, Response& response, std::exception_ptr) {
    SetProblem(response, 500, "the server has run out of memory or of something else; try again");
  });
  http.set_logger([service](const Request& request, const Response& response) {
    Note(service, request, response);
  });
  const httplib::Server::Handler answer = [service](const Request& request, Response& response) {
    Answer(service, request, response);
  };
  http.Get("[\\s\\S]*", answer);
  http.Post("[\\s\\S]*", answer);
  http.Delete("[\\s\\S]*", answer);
}

}  // namespace hashlens
