// Pictures that are sent to be kept.
#ifndef HASHLENS_APPS_SERVER_UPLOADS_H_
#define HASHLENS_APPS_SERVER_UPLOADS_H_

#include <filesystem>
#include <string>
#include <string_view>

#include "hashlens/status.h"

namespace hashlens {

// A name for a file out of one that a client gives: letters, digits, '.', '-' and '_', never
// hidden, no path; at most 80 bytes.
std::string SafeName(std::string_view name);

// Writes the bytes into the folder, which is made where it is not there, under a name made of their
// digest and `name`: the same picture sent again is the same file. It is there whole or not at all,
// and lasts. `made`: whether it is new. kIoError.
Result<std::filesystem::path> SaveUpload(const std::filesystem::path& folder, std::string_view name,
                                         std::string_view bytes, bool* made = nullptr);

// Removes what a crash left half written.
void ClearUploads(const std::filesystem::path& folder);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_UPLOADS_H_
