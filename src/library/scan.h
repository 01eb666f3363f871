// The first half of an index run: looking through folders and finding out which files must be read.
#ifndef HASHLENS_LIBRARY_SCAN_H_
#define HASHLENS_LIBRARY_SCAN_H_

#include <string>
#include <vector>

#include "hashlens/options.h"
#include "hashlens/types.h"
#include "library/roots.h"
#include "store/catalog.h"

namespace hashlens {

// What looking found out, beside the queue in the catalog.
struct ScanResult {
  // Looked through, root present; or named and gone, while their root is present.
  std::vector<Path> folders;
  std::vector<Path>
      unreadable;  // folders below them that could not be read: nothing is known of their files
  std::vector<FailureRow> failures;  // unreadable folders, dangling links
  std::vector<std::string>
      missing;  // named paths that neither disk nor library has: "path: reason"
  std::vector<uint64_t> unchanged_ids;  // only when tags are to be given to them
  std::vector<std::string> warnings;
  uint64_t unchanged = 0;
  uint64_t failed_before = 0;  // known, unchanged, not retried
  uint64_t skipped_before = 0;
};

// Goes through options.paths in order, names sorted in each folder. Links are followed; no folder
// is entered twice. A root that is gone gives a warning. Of any other path that is gone, what the
// library has is for ForEachVanished; when it has nothing, the path was a typing error.
Result<ScanResult> ScanFiles(const IndexOptions& options, Catalog* catalog, Roots* roots);

// Calls `use` for images whose files are gone, or are files no longer, although the folders that
// held them could be read.
Status ForEachVanished(const ScanResult& scan, const Catalog& catalog, const Roots& roots,
                       const std::function<Status(const ImageRow&, const Path&)>& use);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SCAN_H_
