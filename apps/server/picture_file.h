// A picture's file as an answer.
#ifndef HASHLENS_APPS_SERVER_PICTURE_FILE_H_
#define HASHLENS_APPS_SERVER_PICTURE_FILE_H_

#include <httplib.h>

#include <filesystem>
#include <string>

namespace hashlens {

// Whole or in part (`range`: the header), with ETag; 404 when it is no file any more.
void SendFile(const std::filesystem::path& path, const std::string& mime, const std::string& range,
              const httplib::Request& request, httplib::Response& response);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_PICTURE_FILE_H_
