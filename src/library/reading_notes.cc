#include "library/reading_notes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace hashlens {
namespace {

// state (of Last; kNot: free), length, path
constexpr size_t kPlaceBytes = 8192, kHeadBytes = 3;
constexpr uint64_t kMostBytes = uint64_t{kPlaceBytes} * 4096;

}  // namespace

ReadingNotes::ReadingNotes(const Path& file, size_t places) : file_(file) {
  if (const auto bytes = ReadFile(file, kMostBytes); bytes.ok()) {
    for (size_t at = 0; at + kPlaceBytes <= bytes->size(); at += kPlaceBytes) {
      const auto* place = reinterpret_cast<const char*>(bytes->data() + at);
      const size_t length = LoadLittleEndian<uint16_t>(bytes->data() + at + 1);
      const auto last = static_cast<Last>(place[0]);
      if (last < Last::kAmongOthers || last > Last::kAloneAgain ||
          length > kPlaceBytes - kHeadBytes)
        continue;
      // One that was left from before, and is being read again, is there twice.
      Last& known = left_[std::string(place + kHeadBytes, length)];
      known = std::max(known, last);
    }
  }
  // What was left stays on disk until its place is written again or the run ends well: a crash
  // before those files were read must not forget them.
  handle_ = FileHandle(
      ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
  if (!handle_.open()) return;
  const auto size = static_cast<off_t>((places + left_.size()) * kPlaceBytes);
  if (::ftruncate(handle_.fd(), 0) != 0 || ::ftruncate(handle_.fd(), size) != 0) {
    handle_ = FileHandle();
    return;
  }
  size_t place = places;
  for (const auto& [path, last] : left_) Note(place++, path, last);
}

ReadingNotes::Last ReadingNotes::WasBeingRead(const Path& picture) const {
  if (left_.empty()) return Last::kNot;
  const auto found = left_.find(picture.native());
  return found == left_.end() ? Last::kNot : found->second;
}

void ReadingNotes::Begin(size_t place, const Path& picture, Last last) const {
  const bool most = last == Last::kAloneAgain;
  Note(place, picture, most ? last : static_cast<Last>(static_cast<char>(last) + 1));
}

void ReadingNotes::Note(size_t place, const Path& picture, Last state) const {
  const std::string& path = picture.native();
  if (!handle_.open() || path.size() > kPlaceBytes - kHeadBytes) return;
  std::string note(1, static_cast<char>(state));
  PutLittleEndian(&note, static_cast<uint16_t>(path.size()));
  note += path;
  // Without room for it there is no note.
  if (::pwrite(handle_.fd(), note.data(), note.size(), static_cast<off_t>(place * kPlaceBytes)) < 0)
    return;
}

void ReadingNotes::End(size_t place) const {
  if (!handle_.open()) return;
  const char free = 0;
  if (::pwrite(handle_.fd(), &free, 1, static_cast<off_t>(place * kPlaceBytes)) < 0) return;
}

void ReadingNotes::Remove() {
  handle_ = FileHandle();
  ::unlink(file_.c_str());
}

}  // namespace hashlens
