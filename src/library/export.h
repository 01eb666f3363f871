// A library's content in files that other tools read.
#ifndef HASHLENS_LIBRARY_EXPORT_H_
#define HASHLENS_LIBRARY_EXPORT_H_

#include <stop_token>

#include "hashlens/types.h"
#include "library/roots.h"
#include "library/snapshot.h"
#include "store/catalog.h"

namespace hashlens {

// See Library::Export.
Status ExportLibrary(const Snapshot& snapshot, const Catalog& catalog, const Roots& roots,
                     const Path& folder, const ProgressFunction& progress, std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_EXPORT_H_
