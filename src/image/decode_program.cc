#include "image/decode_program.h"

#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

namespace hashlens {
namespace {

constexpr char kName[] = "hashlens-decode";

bool IsProgram(const Path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

// The folder of the shared object, or the program, that holds this code.
Path FolderOfThisCode() {
  Dl_info info = {};
  if (::dladdr(reinterpret_cast<const void*>(&FindDecodeProgram), &info) == 0 ||
      info.dli_fname == nullptr)
    return {};
  std::error_code error;
  // Of a program this is the name that it was called by, perhaps without a folder.
  const Path path = std::filesystem::canonical(info.dli_fname, error);
  return error ? Path() : path.parent_path();
}

Path FolderOfProgram() {
  std::error_code error;
  const Path path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? Path() : path.parent_path();
}

}  // namespace

std::vector<Path> DecodeProgramPlaces() {
  std::vector<Path> places;
  for (const Path& folder : {FolderOfThisCode(), FolderOfProgram()}) {
    if (folder.empty()) continue;
    const Path up = folder.parent_path(), up_twice = up.parent_path();
    for (const Path& place :
         {folder, up / "bin", up / "libexec/hashlens", up_twice / "libexec/hashlens"}) {
      Path path = place / kName;
      if (std::ranges::find(places, path) == places.end()) places.push_back(std::move(path));
    }
  }
  return places;
}

Result<Path> FindDecodeProgram() {
  if (const char* given = ::secure_getenv("HASHLENS_DECODE"); given != nullptr && *given != '\0') {
    if (IsProgram(given)) return Path(given);
    return NotFound("HASHLENS_DECODE is " + Printable(std::string_view(given)) +
                    ", which is no program that can be run");
  }
  std::string looked;
  for (const Path& place : DecodeProgramPlaces()) {
    if (IsProgram(place)) return place;
    looked += (looked.empty() ? "" : ", ") + Printable(place);
  }
  return NotFound("the program hashlens-decode, which reads pictures, is missing (looked for " +
                  looked + "): " + kMendDecodeProgram);
}

}  // namespace hashlens
