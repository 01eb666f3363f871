// What the answers say of images, libraries and searches.
#ifndef HASHLENS_APPS_SERVER_JSON_OUTPUT_H_
#define HASHLENS_APPS_SERVER_JSON_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "hashlens/library.h"

namespace hashlens {

nlohmann::json ImageJson(const ImageInfo& image);
nlohmann::json SearchJson(const SearchResult& result);
// In lower-case hexadecimal digits, two a byte.
std::string HexOf(const std::vector<uint8_t>& bytes);
// "image/jpeg" of a format's name.
std::string MimeOf(const std::string& format);
// "2026-11-29T04:15:35.123Z"
std::string UtcTime(int64_t ms);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_JSON_OUTPUT_H_
