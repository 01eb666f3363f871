// Keys of records as names of files, so that DATABASE/NAME stands for a record wherever a path may.
#ifndef HASHLENS_SOURCE_KEY_NAME_H_
#define HASHLENS_SOURCE_KEY_NAME_H_

#include <optional>
#include <string>
#include <string_view>

namespace hashlens {

// A relative path in normal form. A key that is one stays as it is, "/" included, but for "%",
// control bytes and bytes that are no UTF-8, which are written %XX; in other keys "/" is, too.
// Different keys have different names.
std::string NameOfKey(std::string_view key);

// The key of a name; none when no key has it.
std::optional<std::string> KeyOfName(std::string_view name);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_KEY_NAME_H_
