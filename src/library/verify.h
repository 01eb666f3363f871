// Reading a whole library and comparing it with itself.
#ifndef HASHLENS_LIBRARY_VERIFY_H_
#define HASHLENS_LIBRARY_VERIFY_H_

#include <stop_token>

#include "hashlens/types.h"
#include "library/layout.h"

namespace hashlens {

// Every checksum, every row against the catalog, every code against its feature and head. Problems
// are collected, each naming its file; the Status is for what stops the check itself (kCancelled,
// an I/O error).
Result<VerifyReport> VerifyLibrary(const Layout& layout, const ProgressFunction& progress,
                                   std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_VERIFY_H_
