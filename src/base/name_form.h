// Names that look alike and are not the same: "é" is one character in one form of Unicode (NFC, as
// keyboards write it) and two in the other (NFD, as macOS stores it).
#ifndef HASHLENS_BASE_NAME_FORM_H_
#define HASHLENS_BASE_NAME_FORM_H_

#include <string>

#include "base/file.h"

namespace hashlens {

// For a path that is not there: when the first of its names that is missing is there in another
// form of Unicode, a sentence that says so, beginning with "; ". Empty otherwise.
std::string OtherFormHint(const Path& missing);

}  // namespace hashlens

#endif  // HASHLENS_BASE_NAME_FORM_H_
