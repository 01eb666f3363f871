// What can be asked of the HTTP server, with the defaults.
#ifndef HASHLENS_APPS_SERVER_SERVE_OPTIONS_H_
#define HASHLENS_APPS_SERVER_SERVE_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace hashlens {

struct ServeOptions {
  std::vector<std::string> libraries;
  std::string listen = "127.0.0.1:8080";
  std::vector<std::string> roots;  // folders below which jobs may index
  std::string uploads;             // folder of uploaded pictures; empty: none are taken
  bool read_only = false;          // nothing can be changed
  std::string read_token_file;
  std::string write_token_file;
  std::vector<std::string> hosts;  // names beside those of this machine that Host may have
  bool force_open = false;         // also off loopback without a token
  bool access_log = true;

  int threads = 64;       // connections that are served at once
  int max_requests = 16;  // of these, requests that work (search, thumbnails, changes)
  int max_jobs = 32;      // waiting ones, of each library
  uint64_t max_body = uint64_t{64} << 20;
  size_t max_k = 1000;
  size_t max_candidates = 100'000;
  size_t max_page = 1000;
  size_t max_examples = 64;
  int timeout_seconds = 30;    // for a request to come in, and to wait for its turn
  int keep_alive_seconds = 5;  // a connection without a request
  uint64_t thumbnail_cache = uint64_t{128} << 20;  // bytes
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_SERVE_OPTIONS_H_
