#include "library/shared_object.h"

#include <dlfcn.h>
#include <link.h>

namespace hashlens {

std::optional<Path> SharedObjectFolder() {
  static const char kOwnByte = 0;
  Dl_info info;
  void* found = nullptr;
  if (::dladdr1(&kOwnByte, &info, &found, RTLD_DL_LINKMAP) == 0 || found == nullptr) return {};
  // The loader gives the program itself an empty name.
  const Path file = static_cast<const link_map*>(found)->l_name;
  if (file.empty()) return {};
  std::error_code error;
  const Path real = std::filesystem::canonical(file, error);
  if (error) return {};
  return real.parent_path();
}

}  // namespace hashlens
