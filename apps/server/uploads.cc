#include "apps/server/uploads.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "hashlens/library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestName = 80;
constexpr size_t kDigestDigits = 32;
constexpr std::string_view kTemporary = ".upload-";

Status Failed(const char* what, const fs::path& path) {
  return IoError(PrintablePath(path) + ": " + what + ": " + std::strerror(errno));
}

std::string DigestOf(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) != 1) return {};
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size && hex.size() < kDigestDigits; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

bool Holds(const fs::path& path, std::string_view bytes) {
  std::error_code error;
  if (fs::file_size(path, error) != bytes.size() || error) return false;
  std::ifstream file(path, std::ios::binary);
  std::string piece(1 << 16, '\0');
  while (!bytes.empty()) {
    const size_t count = std::min(piece.size(), bytes.size());
    if (!file.read(piece.data(), static_cast<std::streamsize>(count)) ||
        std::string_view(piece).substr(0, count) != bytes.substr(0, count))
      return false;
    bytes.remove_prefix(count);
  }
  return true;
}

Status WriteAll(int file, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Failed("writing", path);
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  if (::fchmod(file, 0644) != 0 || ::fsync(file) != 0) return Failed("syncing", path);
  return {};
}

Status SyncFolder(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return Failed("opening", folder);
  const bool synced = ::fsync(file) == 0;
  const Status status = synced ? Status() : Failed("syncing", folder);
  ::close(file);
  return status;
}

}  // namespace

std::string SafeName(std::string_view name) {
  const size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (name.size() > kLongestName) name.remove_prefix(name.size() - kLongestName);  // ends tell more
  std::string safe;
  for (const char letter : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '.' ||
                       letter == '-' || letter == '_';
    safe += plain && static_cast<unsigned char>(letter) < 0x80 ? letter : '_';
  }
  if (safe.empty() || safe.front() == '.') safe.insert(0, "picture");
  return safe;
}

Result<fs::path> SaveUpload(const fs::path& folder, std::string_view name, std::string_view bytes,
                            bool* made) {
  std::error_code error;
  if (fs::create_directories(folder, error); error)
    return IoError(PrintablePath(folder) + ": cannot be made: " + error.message());
  const fs::path path = folder / (DigestOf(bytes) + "-" + SafeName(name));
  // Under this name only whole files come to be. An older one is left as the library knows it,
  // unless somebody else has changed it.
  if (Holds(path, bytes)) return path;
  if (made != nullptr) *made = !fs::exists(path, error);
  std::string temporary = (folder / (std::string(kTemporary) + "XXXXXX")).native();
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) return Failed("making a file", folder);
  Status status = WriteAll(file, bytes, path);
  ::close(file);
  if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0)
    status = Failed("renaming", path);
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  if (status = SyncFolder(folder); !status.ok()) return status;
  return path;
}

void ClearUploads(const fs::path& folder) {
  std::error_code error;  // what cannot be removed is in nobody's way
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename().native().starts_with(kTemporary)) fs::remove(entry.path(), error);
  }
}

}  // namespace hashlens
