// Paths in commands that are shown to people, who may copy them into a shell.
#ifndef HASHLENS_BASE_SHELL_WORD_H_
#define HASHLENS_BASE_SHELL_WORD_H_

#include <filesystem>
#include <string>

namespace hashlens {

// The path as one word of a command, on one line and safe for a terminal: in quotes where it needs
// them, with "./" before a dash; control bytes and invalid UTF-8 as $'\xNN', as bash and zsh read
// it.
std::string ShellWord(const std::filesystem::path& path);

}  // namespace hashlens

#endif  // HASHLENS_BASE_SHELL_WORD_H_
