// The files of the page and of the API's description, which are part of the program.
#ifndef HASHLENS_APPS_SERVER_ASSETS_H_
#define HASHLENS_APPS_SERVER_ASSETS_H_

#include <span>
#include <string_view>

namespace hashlens {

struct Asset {
  std::string_view path;  // "/", "/assets/app.js", "/openapi.json"
  std::string_view mime;
  std::string_view etag;  // with its quotes
  std::string_view bytes;
};

// Made by cmake/embed_assets.cmake.
std::span<const Asset> Assets();

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_ASSETS_H_
