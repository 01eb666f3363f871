// A picture's file as an answer.
#ifndef HASHLENS_APPS_SERVER_PICTURE_FILE_H_
#define HASHLENS_APPS_SERVER_PICTURE_FILE_H_

#include <httplib.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace hashlens {

// Whole or in part (`range`: the header), with ETag; 404 when it is no file of so many bytes any
// more: something else may have come in its place.
void SendFile(const std::filesystem::path& path, uint64_t bytes, const std::string& mime,
              const std::string& range, const httplib::Request& request,
              httplib::Response& response);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_PICTURE_FILE_H_
