#include "base/same_place.h"

#include <array>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

namespace hashlens {
namespace {

constexpr char kMountInfo[] = "/proc/self/mountinfo";

// Blanks in it are written as \040.
std::string Unescaped(std::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::string WithoutSlash(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

bool IsAtOrBelow(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string NumbersOf(const struct stat& info) {
  return std::to_string(info.st_dev) + " " + std::to_string(info.st_ino);
}

}  // namespace

Mounts Mounts::Load() {
  std::ifstream file(kMountInfo);
  std::ostringstream text;
  text << file.rdbuf();
  return Mounts(text.str());
}

// A line: number, number of the parent, device, root in the device, mount point, options, ...
Mounts::Mounts(std::string_view mountinfo) {
  std::istringstream lines{std::string(mountinfo)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, parent, device, root, point;
    if (!(words >> number >> parent >> device >> root >> point)) continue;
    ++times_[device];
    mounts_.push_back(
        {WithoutSlash(Unescaped(point)), std::move(device), WithoutSlash(Unescaped(root))});
  }
}

std::optional<std::string> Mounts::PlaceInDevice(std::string_view real) const {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts_) {
    if (IsAtOrBelow(real, mount.point) &&
        (best == nullptr || mount.point.size() >= best->point.size()))
      best = &mount;
  }
  if (best == nullptr || times_.at(best->device) < 2) return std::nullopt;
  std::string place = best->device + " " + best->root;
  place += real.substr(best->point.size());
  return WithoutSlash(std::move(place));
}

// Real paths are absolute, so that no other name is one. Some network file systems show each mount
// as the root of the device; the inode numbers then tell folders apart that are not the same.
std::optional<std::string> EnteredFolders::SecondName(const std::string& real,
                                                      const struct stat& info) const {
  std::optional<std::string> place = mounts_.PlaceInDevice(real);
  if (place) *place = NumbersOf(info) + " " + *place;
  return place;
}

bool EnteredFolders::Contains(const std::string& real, const struct stat& info) const {
  if (names_.contains(real)) return true;
  const auto second = SecondName(real, info);
  return second && names_.contains(*second);
}

bool EnteredFolders::Enter(const std::string& real, const struct stat& info) {
  if (!names_.insert(real).second) return false;
  auto second = SecondName(real, info);
  return !second || names_.insert(*std::move(second)).second;
}

std::string RealPathBelow(const std::string& real_folder, std::string_view name, bool is_link) {
  std::string path = real_folder;
  if (!path.ends_with('/')) path += '/';
  path += name;
  if (!is_link) return path;
  std::error_code error;  // as if it were not there
  return std::filesystem::canonical(path, error).native();
}

std::vector<std::string> NamesOfFile(const Path& path, const Mounts& mounts) {
  std::error_code error;  // as if it were not there
  const std::string real = std::filesystem::canonical(path, error).native();
  struct stat info {};
  if (error || ::stat(real.c_str(), &info) != 0) return {};
  std::vector<std::string> names = {real};
  const std::string numbers = NumbersOf(info);
  if (const auto place = mounts.PlaceInDevice(real)) names.push_back(numbers + " " + *place);
  if (info.st_nlink > 1) {
    std::string hard_link = numbers;
    for (const int64_t value :
         {int64_t{info.st_size}, int64_t{info.st_mtim.tv_sec}, int64_t{info.st_mtim.tv_nsec},
          int64_t{info.st_ctim.tv_sec}, int64_t{info.st_ctim.tv_nsec}})
      hard_link += " " + std::to_string(value);
    names.push_back(std::move(hard_link));
  }
  return names;
}

}  // namespace hashlens
