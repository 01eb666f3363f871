// Who may read and who may write: bearer tokens (RFC 6750).
#ifndef HASHLENS_APPS_SERVER_TOKENS_H_
#define HASHLENS_APPS_SERVER_TOKENS_H_

#include <filesystem>
#include <string>
#include <string_view>

#include "hashlens/status.h"

namespace hashlens {

enum class Access { kNone, kRead, kWrite };

// Takes as long whichever bytes differ; its time tells at most the length of `given`.
bool SameToken(std::string_view given, std::string_view expected);

// The first line of a file. kInvalidArgument unless it has 16 to 512 printable characters.
Result<std::string> ReadTokenFile(const std::filesystem::path& file);
Status CheckToken(std::string_view token, std::string_view where);

// An empty token: there is none. Without a read token everybody may read; without any token
// everybody may write; with a read token alone nobody may.
class Tokens {
 public:
  Tokens(std::string read, std::string write) : read_(std::move(read)), write_(std::move(write)) {}

  // Of the header Authorization; "" when there is none.
  Access Of(std::string_view authorization) const;
  bool any() const { return !read_.empty() || !write_.empty(); }
  bool guards_reading() const { return !read_.empty(); }
  // Whoever may read may then write, too.
  bool same() const { return !read_.empty() && read_ == write_; }

 private:
  std::string read_;
  std::string write_;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_TOKENS_H_
