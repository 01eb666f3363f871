// An index run over whatever is named: folders, files, databases and lists.
#ifndef HASHLENS_APPS_CLI_INDEX_PATHS_H_
#define HASHLENS_APPS_CLI_INDEX_PATHS_H_

#include "hashlens/database.h"
#include "hashlens/library.h"

namespace hashlens {

struct IndexPaths {
  IndexOptions files;                            // of folders and files
  std::vector<std::filesystem::path> databases;  // and lists
  DataOptions data;
  std::filesystem::path label_names;
};

// Takes the databases and lists out of `paths->files.paths`.
void TakeDatabases(IndexPaths* paths);

// Whether the databases can be opened.
Status CheckDatabases(const IndexPaths& paths);

// Everything, one after the other; the report is of all. Stops at the first error, or when asked
// to.
Result<IndexReport> IndexAll(const IndexPaths& paths, LibraryWriter* writer);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_INDEX_PATHS_H_
