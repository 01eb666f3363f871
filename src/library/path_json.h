// Paths in JSON, which holds only Unicode text while a path may hold any bytes.
#ifndef HASHLENS_LIBRARY_PATH_JSON_H_
#define HASHLENS_LIBRARY_PATH_JSON_H_

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"

namespace hashlens {

// One line; text that is not UTF-8 has its bad bytes replaced by U+FFFD.
inline std::string DumpJson(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// "path", and where it is not valid UTF-8 also "path_hex" with the true bytes.
inline void AddPath(nlohmann::json* object, const std::filesystem::path& path) {
  const std::string& bytes = path.native();
  (*object)["path"] = bytes;
  if (!IsUtf8(bytes)) (*object)["path_hex"] = ToHex(AsBytes(bytes));
}

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_PATH_JSON_H_
