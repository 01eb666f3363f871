// Making a library's folder, and clearing away what a crash or a rewrite left in it.
#ifndef HASHLENS_LIBRARY_HOUSEKEEPING_H_
#define HASHLENS_LIBRARY_HOUSEKEEPING_H_

#include "base/file.h"
#include "hashlens/options.h"
#include "library/layout.h"
#include "store/catalog.h"

namespace hashlens {

// Makes the library beside its final place and renames it there: it exists whole or not at all.
// Returns its write lock. kBusy when another process is making the same library.
Result<FileLock> CreateLibrary(const Layout& layout, const CreateOptions& options);

// Removes segments, fitted heads and temporary files that the catalog does not name. Under the
// write lock.
Status RemoveUnusedFiles(const Layout& layout, const Catalog& catalog);

// kNotFound unless there is a library's folder. kIoError when it cannot be looked into.
Status RequireLibrary(const Layout& layout);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_HOUSEKEEPING_H_
