// Which files are being read, for the run after one that was ended by a crash.
#ifndef HASHLENS_LIBRARY_READING_NOTES_H_
#define HASHLENS_LIBRARY_READING_NOTES_H_

#include <cstddef>
#include <map>
#include <string>

#include "base/file.h"

namespace hashlens {

// A file with a place for each thread that reads, written without a sync: a crash of the program
// loses nothing, and one of the machine is not the fault of a picture. Where it cannot be written,
// runs go on without notes. Begin and End: any thread, each with a place of its own.
class ReadingNotes {
 public:
  // How a file was being read when the last run ended. Runs that are killed one after the other may
  // all be reading the same innocent file: it is read alone twice before it is under suspicion.
  enum class Last : char { kNot = 0, kAmongOthers = 1, kAlone = 2, kAloneAgain = 3 };

  // Reads what the last run left, then starts anew with that many places.
  ReadingNotes(const Path& file, size_t places);

  Last WasBeingRead(const Path& picture) const;
  // last: what WasBeingRead says of it.
  void Begin(size_t place, const Path& picture, Last last) const;
  void End(size_t place) const;
  // At the end of a run that was not ended by a crash.
  void Remove();

 private:
  void Note(size_t place, const Path& picture, Last state) const;

  const Path file_;
  FileHandle handle_;
  std::map<std::string, Last, std::less<>> left_;
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_READING_NOTES_H_
