// What searches cost on the machine of a library, kept in it (docs/FORMAT.md).
#ifndef HASHLENS_LIBRARY_COSTS_FILE_H_
#define HASHLENS_LIBRARY_COSTS_FILE_H_

#include "base/file.h"
#include "hashlens/code_index.h"

namespace hashlens {

// The defaults where there is no such file, or one that says nothing sensible: costs decide how
// fast a search is, never what it finds.
CodeCosts LoadCosts(const Path& path);
Status SaveCosts(const Path& path, const CodeCosts& costs);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_COSTS_FILE_H_
