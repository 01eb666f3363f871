// Which function answers which path.
#ifndef HASHLENS_APPS_SERVER_ROUTER_H_
#define HASHLENS_APPS_SERVER_ROUTER_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace hashlens {

struct RequestContext;

enum class Guard { kOpen, kRead, kWrite };  // who may

struct Route {
  using Handler =
      std::function<void(const RequestContext&, const httplib::Request&, httplib::Response&)>;

  std::string method;   // GET answers HEAD, too
  std::string pattern;  // "/v1/libraries/{library}/images/{id}"
  Guard guard = Guard::kRead;
  bool works = false;  // counted by --max-requests
  bool body = false;   // takes one
  Handler handler;
};

struct Match {
  const Route* route = nullptr;         // none: not with this method, or at all
  std::vector<std::string> parameters;  // what stands for {names}, in order
  std::string allowed;                  // "GET, POST": methods that the path has
};

// Thread-safe once all routes are added; routes stay where they are.
class Router {
 public:
  void Add(Route route);
  // path: decoded.
  Match Find(std::string_view method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_ROUTER_H_
