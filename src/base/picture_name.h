// What a file's name says about it.
#ifndef HASHLENS_BASE_PICTURE_NAME_H_
#define HASHLENS_BASE_PICTURE_NAME_H_

#include <filesystem>
#include <string>

namespace hashlens {

// The name's ending (".jpg" of A.JPG) with small letters for A to Z; empty when there is none.
std::string LowerEnding(const std::filesystem::path& path);

// Whether a name's ending promises a picture (.jpg, .PNG, ...): such a file that is no picture is a
// failure to report; any other file that is no picture is passed over in silence.
bool HasImageExtension(const std::filesystem::path& path);

}  // namespace hashlens

#endif  // HASHLENS_BASE_PICTURE_NAME_H_
