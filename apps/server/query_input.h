// A search as it is asked for over HTTP.
#ifndef HASHLENS_APPS_SERVER_QUERY_INPUT_H_
#define HASHLENS_APPS_SERVER_QUERY_INPUT_H_

#include <httplib.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "apps/server/serve_options.h"
#include "hashlens/options.h"
#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

struct SearchInput {
  Query query;
  SearchOptions options;
};

// kInvalidArgument names the member that makes no sense. Without id, text and examples the caller
// has a picture.
Result<SearchInput> ParseSearch(const nlohmann::json& json, const ServeOptions& limits);
// Of a JSON body, or a multipart one with the fields `query` and `image`.
Result<SearchInput> SearchOfBody(const httplib::Request& request, const ServeOptions& limits);
// Of an address: id, k, candidates, most_candidates, radius, rerank and a filter.
Result<SearchInput> SearchOfAddress(const httplib::Request& request, const ServeOptions& limits);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_QUERY_INPUT_H_
