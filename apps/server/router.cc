#include "apps/server/router.h"

#include <optional>
#include <utility>

namespace hashlens {
namespace {

std::string_view TakePart(std::string_view* rest) {
  const size_t slash = rest->find('/');
  const std::string_view part = rest->substr(0, slash);
  *rest = slash == std::string_view::npos ? std::string_view() : rest->substr(slash + 1);
  return part;
}

// The parameters, or none where the path is another.
std::optional<std::vector<std::string>> Fit(std::string_view pattern, std::string_view path) {
  std::vector<std::string> parameters;
  bool more = true;
  while (more) {
    more = pattern.find('/') != std::string_view::npos;
    if (more != (path.find('/') != std::string_view::npos)) return std::nullopt;
    const std::string_view wanted = TakePart(&pattern);
    const std::string_view part = TakePart(&path);
    if (wanted.starts_with('{')) {
      if (part.empty()) return std::nullopt;
      parameters.emplace_back(part);
    } else if (wanted != part) {
      return std::nullopt;
    }
  }
  return parameters;
}

}  // namespace

void Router::Add(Route route) { routes_.push_back(std::move(route)); }

Match Router::Find(std::string_view method, std::string_view path) const {
  if (method == "HEAD") method = "GET";
  Match match;
  for (const Route& route : routes_) {
    std::optional<std::vector<std::string>> parameters = Fit(route.pattern, path);
    if (!parameters) continue;
    match.allowed += (match.allowed.empty() ? "" : ", ") + route.method;
    if (route.method == "GET") match.allowed += ", HEAD";
    if (route.method != method || match.route != nullptr) continue;
    match.route = &route;
    match.parameters = std::move(*parameters);
  }
  return match;
}

}  // namespace hashlens
