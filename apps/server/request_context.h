// What is known of the request that a thread is answering, beside what the HTTP library knows.
#ifndef HASHLENS_APPS_SERVER_REQUEST_CONTEXT_H_
#define HASHLENS_APPS_SERVER_REQUEST_CONTEXT_H_

#include <chrono>
#include <string>
#include <vector>

#include "apps/server/connection.h"
#include "apps/server/gate.h"
#include "apps/server/tokens.h"

namespace hashlens {

struct Route;

struct RequestContext {
  explicit RequestContext(Connection* c) : connection(c) {}

  Connection* connection;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  const Route* route = nullptr;         // none: nothing is there
  std::vector<std::string> parameters;  // of the path, in order
  Access access = Access::kNone;
  std::string range;  // the header, which the HTTP library is kept from
  bool read = false;  // its head was understood: where it ends is known
  bool admitted = false;
  bool close = false;    // the connection after this request
  Gate::Pass body_pass;  // while a large body comes, and is in memory
  Gate::Pass pass;

  // Of this thread; nullptr between requests.
  static RequestContext*& Current() {
    thread_local RequestContext* current = nullptr;
    return current;
  }
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_REQUEST_CONTEXT_H_
