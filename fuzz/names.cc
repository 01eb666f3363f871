// Names of files and keys of databases, made fit to be shown and to be paths.
#include <filesystem>

#include "base/name_form.h"
#include "base/picture_name.h"
#include "base/shell_word.h"
#include "base/text.h"
#include "fuzz/input.h"
#include "fuzz/target.h"
#include "source/key_name.h"

namespace hashlens {
namespace {

bool IsSafe(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return IsUtf8(text);
}

void FuzzNames(ByteSpan input) {
  const std::string text(TextOfInput(input));
  Require(IsSafe(Printable(std::string_view(text))), "what is printed moves no cursor");
  Require(IsSafe(ShellWord(text)), "a word of a command moves no cursor");
  const std::string name = NameOfKey(text);
  Require(IsSafe(name) && !name.empty(), "a key's name is one");
  const std::filesystem::path path(name);
  Require(path.is_relative() && path.lexically_normal() == path,
          "a key's name stays in its folder");
  Require(*path.begin() != "..", "a key's name leads nowhere else");
  Require(KeyOfName(name) == text, "each key has a name of its own");
  if (const auto key = KeyOfName(text); key)
    Require(NameOfKey(*key) == text, "each name is of one key");
  HasImageExtension(text);
  OtherFormHint(text);
}

const FuzzTarget kNames("names", FuzzNames);

}  // namespace
}  // namespace hashlens
