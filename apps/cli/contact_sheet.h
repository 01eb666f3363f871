// A page of small pictures: each query and its hits, in one HTML file that needs nothing else.
#ifndef HASHLENS_APPS_CLI_CONTACT_SHEET_H_
#define HASHLENS_APPS_CLI_CONTACT_SHEET_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hashlens/library.h"

namespace hashlens {

struct SheetRow {
  const Query* query = nullptr;  // outlives the row
  SearchResult result;
  // The same query without re-rank: then the row shows the query's code and the hits before and
  // after re-rank, as the figure of Lin et al. (2015) does.
  std::optional<SearchResult> by_code = {};
};

// Pictures that cannot be read any more show as a note in their place.
Status WriteContactSheet(const std::filesystem::path& file, const Library& library,
                         const std::vector<SheetRow>& rows);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_CONTACT_SHEET_H_
