// What `search` prints of a result, and how a place in the order of codes is written.
#ifndef HASHLENS_APPS_CLI_SEARCH_OUTPUT_H_
#define HASHLENS_APPS_CLI_SEARCH_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "hashlens/library.h"

namespace hashlens {

// As the server's answers have them, too.
nlohmann::json ToJson(const std::vector<Hit>& hits);
// explain: also how the codes were searched.
nlohmann::json ToJson(const SearchResult& result, bool explain);
// Of a query that failed.
nlohmann::json ToJson(const Query& query, const Status& status);
std::string ToTable(const SearchResult& result);
// How the codes were searched, why, and what each stage took.
std::string Explain(const SearchResult& result, const SearchOptions& options);
// "HAMMING:ID", as "next" gives it.
std::optional<Cursor> ParseCursor(const std::string& text);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_SEARCH_OUTPUT_H_
