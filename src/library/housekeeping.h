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

// Deletes a library that CreateLibrary has made and that nobody has filled. Under the write lock,
// with the catalog closed. kInvalidArgument, and nothing is changed, when others' files are in it.
Status DiscardLibrary(const Layout& layout);

// Removes segments, fitted heads and temporary files that the catalog does not name. Under the
// write lock.
Status RemoveUnusedFiles(const Layout& layout, const Catalog& catalog);

// kNotFound unless there is a library's folder; kInvalidArgument when `named`, the path that was
// given for it, is a file. kIoError when it cannot be looked into.
Status RequireLibrary(const Layout& layout, const Path& named);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_HOUSEKEEPING_H_
