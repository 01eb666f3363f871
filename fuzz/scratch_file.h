// A file for readers that take a path, with other bytes for every input.
#ifndef HASHLENS_FUZZ_SCRATCH_FILE_H_
#define HASHLENS_FUZZ_SCRATCH_FILE_H_

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/file.h"
#include "base/temp_folder.h"
#include "fuzz/target.h"

namespace hashlens {

// Below $TMPDIR, which tools/fuzz.sh puts into memory; gone when the program ends well.
inline const Path& ScratchFolder() {
  static const TempFolder folder;
  return folder.path();
}

// Replaces what is there. Nothing is synced.
inline void WriteScratch(const Path& path, ByteSpan bytes) {
  const FileHandle file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  Require(file.open() &&
              ::write(file.fd(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "the scratch folder can be written to");
}

// The path of a file of that name with these bytes.
inline Path ScratchFile(const std::string& name, ByteSpan bytes) {
  const Path path = ScratchFolder() / name;
  WriteScratch(path, bytes);
  return path;
}

}  // namespace hashlens

#endif  // HASHLENS_FUZZ_SCRATCH_FILE_H_
