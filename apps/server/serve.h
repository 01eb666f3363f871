// The HTTP server as a whole; what `hashlens serve` runs.
#ifndef HASHLENS_APPS_SERVER_SERVE_H_
#define HASHLENS_APPS_SERVER_SERVE_H_

#include <functional>
#include <stop_token>
#include <string>

#include "apps/server/serve_options.h"
#include "hashlens/options.h"
#include "hashlens/status.h"

namespace hashlens {

// Serves until it is asked to stop, and then finishes what has begun. `note` gets lines for people,
// among them the address. kInvalidArgument for options that make no sense; errors of libraries and
// of the network.
Status Serve(const ServeOptions& options, const OpenOptions& open, std::stop_token stop,
             const std::function<void(const std::string&)>& note);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_SERVE_H_
