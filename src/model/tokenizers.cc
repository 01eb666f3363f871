#include "model/tokenizers.h"

#include <dlfcn.h>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <openvino/openvino.hpp>
#include <string>
#include <vector>

#include "base/try.h"
#include "model/openvino_errors.h"

namespace hashlens {
namespace {

constexpr char kLibrary[] = "libopenvino_tokenizers.so";

// Links resolved; empty where the system does not tell.
Path OpenVinoFolder() {
  Dl_info about{};
  const auto function = reinterpret_cast<const void*>(&ov::get_openvino_version);
  if (::dladdr(function, &about) == 0 || about.dli_fname == nullptr) return {};
  std::error_code error;
  return std::filesystem::canonical(about.dli_fname, error).parent_path();
}

}  // namespace

Result<Path> FindTokenizers() {
  std::error_code error;  // what cannot be looked at is not there for us
  std::string where;
  std::vector<Path> places;
  if (const char* named = std::getenv("HASHLENS_TOKENIZERS"); named != nullptr && *named != '\0') {
    const bool folder = std::filesystem::is_directory(named, error);
    places.push_back(folder ? Path(named) / kLibrary : Path(named));
    where = "HASHLENS_TOKENIZERS names ";
  } else if (const Path openvino = OpenVinoFolder(); !openvino.empty()) {
    places.push_back(openvino / kLibrary);
    places.push_back(openvino.parent_path().parent_path() / "openvino_tokenizers" / "lib" /
                     kLibrary);
  }
  for (const Path& place : places) {
    if (std::filesystem::is_regular_file(place, error)) return place;
    if (!where.empty() && where.back() != ' ') where += " or ";
    where += Printable(place);
  }
  return NotFound("texts need OpenVINO's tokenizers, which are not there (" + where +
                  "): install the Python package openvino-tokenizers of OpenVINO's release beside "
                  "it, or name its libopenvino_tokenizers.so in HASHLENS_TOKENIZERS");
}

Result<ov::Core*> TokenizerCore() {
  static std::mutex mutex;
  static std::unique_ptr<ov::Core> core;
  std::lock_guard lock(mutex);
  if (core) return core.get();
  HL_ASSIGN(const Path library, FindTokenizers());
  HL_TRY(GuardOpenVino(StatusCode::kUnsupported,
                       Printable(library) + ": not the tokenizers of this OpenVINO",
                       [&]() -> Status {
                         auto made = std::make_unique<ov::Core>();
                         made->add_extension(library.native());
                         core = std::move(made);
                         return {};
                       }));
  return core.get();
}

}  // namespace hashlens
