#include "apps/cli/name_list.h"

#include <algorithm>

namespace hashlens {
namespace {

// A list of lines taken for one name: nothing ended it, and there is no such file.
bool IsListOfLines(const std::string& name, bool ended) {
  std::error_code error;  // "too long for a name" is not there, either
  return !ended && name.find('\n') != std::string::npos && !std::filesystem::exists(name, error);
}

Status AppendNames(bool zero, std::istream& in, std::vector<std::filesystem::path>* paths) {
  std::string name;
  while (std::getline(in, name, zero ? '\0' : '\n')) {
    if (!zero && name.find('\0') != std::string::npos) {
      return InvalidArgument(
          "the names on standard input hold NUL bytes: -0 reads what find -print0 writes");
    }
    if (zero && IsListOfLines(name, /*ended=*/!in.eof())) {
      return InvalidArgument(
          "the names on standard input end with newlines, not NUL bytes: leave out -0");
    }
    if (!name.empty()) paths->emplace_back(name);
  }
  return {};
}

}  // namespace

Result<std::vector<std::filesystem::path>> ReadNameList(const std::vector<std::string>& arguments,
                                                        bool zero, std::istream& in) {
  if (zero && std::find(arguments.begin(), arguments.end(), "-") == arguments.end())
    return InvalidArgument("-0 is about names on standard input: give - as a PATH, too");
  std::vector<std::filesystem::path> paths;
  for (const std::string& argument : arguments) {
    if (argument.empty()) return InvalidArgument("an empty PATH names nothing");
    if (argument != "-") {
      paths.emplace_back(argument);
    } else if (const Status status = AppendNames(zero, in, &paths); !status.ok()) {
      return status;
    }
  }
  return paths;
}

}  // namespace hashlens
