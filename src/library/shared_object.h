// Where the code of hashlens lies when it is a shared library.
#ifndef HASHLENS_LIBRARY_SHARED_OBJECT_H_
#define HASHLENS_LIBRARY_SHARED_OBJECT_H_

#include <optional>

#include "base/file.h"

namespace hashlens {

// The folder of libhashlens.so, links resolved; none when this code is linked into the program
// itself. Thread-safe.
std::optional<Path> SharedObjectFolder();

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SHARED_OBJECT_H_
