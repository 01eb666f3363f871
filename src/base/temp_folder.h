// A folder for one test, removed with everything in it.
#ifndef HASHLENS_BASE_TEMP_FOLDER_H_
#define HASHLENS_BASE_TEMP_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <string>

namespace hashlens {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hashlens-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;  // a left-over folder in /tmp is no reason to fail a test
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace hashlens

#endif  // HASHLENS_BASE_TEMP_FOLDER_H_
