// Searches in JSON, with filters, cursors and times (apps/server/query_input.h).
#include <nlohmann/json.hpp>

#include "apps/server/parameters.h"
#include "apps/server/query_input.h"
#include "fuzz/input.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

void FuzzQueryJson(ByteSpan input) {
  const std::string text(TextOfInput(input));
  const auto json = ParseJson(text);
  if (!json.ok()) return;
  const ServeOptions limits;
  const auto search = ParseSearch(*json, limits);
  if (search.ok()) {
    const auto& [query, options] = *search;
    Require(options.k <= limits.max_k && options.candidates <= limits.max_candidates &&
                options.most_candidates <= limits.max_candidates,
            "a search is within the limits");
    Require(query.like.size() <= limits.max_examples, "examples are within the limits");
    Require(!options.after || options.after->hamming <= 512, "a distance is one of codes");
  }
  (void)JsonFilter(*json);
  (void)JsonTags(*json);
}

const FuzzTarget kQueryJson("query_json", FuzzQueryJson);

}  // namespace
}  // namespace hashlens
