// A new file that never replaces one: it gets its name when it is whole, or never.
#ifndef HASHLENS_BASE_NEW_FILE_H_
#define HASHLENS_BASE_NEW_FILE_H_

#include <utility>

#include "base/file.h"

namespace hashlens {

// kInvalidArgument when something has that name, a link too.
Status RequireNothingAt(const Path& file);

// A temporary name beside the file, used by this object alone. What is there, a file or a folder,
// is removed at the end, unless Keep was called.
class NameBeside {
 public:
  // Removes what ended processes of this machine left under such names of the same file since it
  // was started: those whose process has ended and that no process has locked.
  explicit NameBeside(const Path& file);
  NameBeside(NameBeside&& other) noexcept
      : file_(std::move(other.file_)),
        beside_(std::exchange(other.beside_, {})),
        hold_(std::move(other.hold_)) {}
  NameBeside& operator=(NameBeside&&) = delete;
  ~NameBeside();
  const Path& path() const { return beside_; }

  // Once something is there: a lock (flock) tells machines and containers that do not see this
  // process that it is in use. Where the file system has no locks, nothing happens.
  void Hold();

  // The same with the file's name in the place of the temporary one, which tells people nothing.
  Status Named(const Status& status) const;

  // Gives what is there, synced by the caller, the file's name, for good. kInvalidArgument when
  // something has got it meanwhile; errors say under which name the file stays.
  Status Keep();

 private:
  Path file_;
  Path beside_;  // empty: kept, or moved from
  FileHandle hold_;
};

// As a FileWriter, whose errors name the file, not what it is called until Finish. One thread.
class NewFile {
 public:
  // kInvalidArgument when something is there.
  static Result<NewFile> Create(const Path& file);
  Status Append(ByteSpan bytes) { return name_.Named(writer_.Append(bytes)); }
  Status WriteAt(uint64_t offset, ByteSpan bytes) {
    return name_.Named(writer_.WriteAt(offset, bytes));
  }
  Status Finish();

 private:
  NewFile(NameBeside name, FileWriter writer)
      : name_(std::move(name)), writer_(std::move(writer)) {}
  NameBeside name_;
  FileWriter writer_;
};

}  // namespace hashlens

#endif  // HASHLENS_BASE_NEW_FILE_H_
