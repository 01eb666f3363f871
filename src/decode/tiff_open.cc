#include "decode/tiff_open.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/decoder_words.h"
#include "base/text.h"

namespace hashlens {
namespace {

std::string& FirstWords() {
  static std::string words;
  return words;
}

void KeepFirst(const char*, const char* format, va_list arguments) {
  if (!FirstWords().empty()) return;
  char text[256];
  std::vsnprintf(text, sizeof(text), format, arguments);
  FirstWords() = text;
}

// Of tags whose values lie outside the file libtiff only warns, and goes on without them.
std::string& MissingWords() {
  static std::string words;
  return words;
}

void KeepMissing(const char*, const char* format, va_list arguments) {
  char text[256];
  std::vsnprintf(text, sizeof(text), format, arguments);
  if (MissingWords().empty() && std::strstr(text, "IO error") != nullptr) MissingWords() = text;
}

tmsize_t ReadSome(thandle_t data, void* to, tmsize_t bytes) {
  auto* cursor = static_cast<TiffCursor*>(data);
  if (bytes <= 0 || cursor->at >= cursor->file.size()) return 0;
  const size_t count =
      std::min<size_t>(static_cast<size_t>(bytes), cursor->file.size() - cursor->at);
  std::memcpy(to, cursor->file.data() + cursor->at, count);
  cursor->at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t WriteNothing(thandle_t, void*, tmsize_t) { return 0; }

toff_t SeekTo(thandle_t data, toff_t place, int whence) {
  auto* cursor = static_cast<TiffCursor*>(data);
  if (whence == SEEK_CUR) place += cursor->at;
  if (whence == SEEK_END) place += cursor->file.size();
  cursor->at = place;
  return place;
}

int CloseNothing(thandle_t) { return 0; }
toff_t SizeOf(thandle_t data) { return static_cast<TiffCursor*>(data)->file.size(); }

}  // namespace

TiffListening::TiffListening()
    : error_(TIFFSetErrorHandler(KeepFirst)), warning_(TIFFSetWarningHandler(KeepMissing)) {
  FirstWords().clear();
  MissingWords().clear();
}

TiffListening::~TiffListening() {
  TIFFSetErrorHandler(error_);
  TIFFSetWarningHandler(warning_);
}

std::string TiffListening::Missing() const { return Printable(MissingWords()); }

Status TiffListening::Failure() const {
  std::string words = Printable(FirstWords());
  if (SaysNoMemory(words)) return IoError("not enough memory for the picture");
  if (words.empty()) words = "libtiff cannot read it";
  const bool unsupported = words.find("upport") != words.npos || words.find("andle") != words.npos;
  return unsupported ? Unsupported("unsupported tiff: " + words)
                     : Corruption("broken tiff: " + words);
}

OpenTiff OpenTiffAt(TiffCursor* cursor) {
  return OpenTiff(TIFFClientOpen("picture", "rm", cursor, ReadSome, WriteNothing, SeekTo,
                                 CloseNothing, SizeOf, nullptr, nullptr));
}

uint16_t TiffShort(TIFF* tiff, uint32_t tag) {
  uint16_t value = 0;
  return TIFFGetFieldDefaulted(tiff, tag, &value) == 1 ? value : uint16_t{0};
}

int TiffOrientation(TIFF* tiff) {
  const int orientation = TiffShort(tiff, TIFFTAG_ORIENTATION);
  return orientation >= 1 && orientation <= 8 ? orientation : 1;
}

}  // namespace hashlens
