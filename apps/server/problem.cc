#include "apps/server/problem.h"

#include <nlohmann/json.hpp>

namespace hashlens {
namespace {

std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

const char* TitleOf(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return status < 500 ? "Request Failed" : "Internal Server Error";
  }
}

int StatusOf(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return 200;
    case StatusCode::kInvalidArgument:
      return 400;
    case StatusCode::kNotFound:
      return 404;
    case StatusCode::kModelMismatch:
      return 409;
    case StatusCode::kBusy:
    case StatusCode::kCancelled:
      return 503;
    case StatusCode::kIoError:
    case StatusCode::kCorruption:
    case StatusCode::kUnsupported:
      return 500;
  }
  return 500;
}

}  // namespace

void SetJson(httplib::Response& response, const nlohmann::json& json, int status) {
  response.status = status;
  response.set_header("Cache-Control", "no-store");
  response.set_content(Dump(json), "application/json");
}

void SetProblem(httplib::Response& response, int status, const std::string& detail) {
  response.status = status;
  response.headers.erase("Cache-Control");
  response.set_header("Cache-Control", "no-store");
  response.set_content(Dump({{"type", "about:blank"},
                             {"title", TitleOf(status)},
                             {"status", status},
                             {"detail", detail}}),
                       "application/problem+json");
}

std::string ProblemOnTheWire(int status, const std::string& detail) {
  httplib::Response response;
  SetProblem(response, status, detail);
  if (status == 503) response.set_header("Retry-After", "1");
  response.set_header("Connection", "close");
  response.set_header("Content-Length", std::to_string(response.body.size()));
  std::string text = "HTTP/1.1 " + std::to_string(status) + " " + TitleOf(status) + "\r\n";
  for (const auto& [name, value] : response.headers) text.append(name + ": " + value + "\r\n");
  return text + "\r\n" + response.body;
}

void SetBusy(httplib::Response& response, int status, const std::string& detail, int seconds) {
  SetProblem(response, status, detail);
  response.set_header("Retry-After", std::to_string(seconds));
}

void SetProblem(httplib::Response& response, const Status& status) {
  const int code = StatusOf(status.code());
  if (code == 503) return SetBusy(response, code, status.message(), 2);
  SetProblem(response, code, status.message());
}

void SetQueryProblem(httplib::Response& response, const Status& status) {
  const bool picture =
      status.code() == StatusCode::kCorruption || status.code() == StatusCode::kUnsupported;
  if (picture) return SetProblem(response, 422, status.message());
  SetProblem(response, status);
}

}  // namespace hashlens
