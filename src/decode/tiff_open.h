// A TIFF in memory, opened by libtiff, and libtiff's words as our failures.
#ifndef HASHLENS_DECODE_TIFF_OPEN_H_
#define HASHLENS_DECODE_TIFF_OPEN_H_

#include <tiffio.h>

#include <memory>
#include <string>

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

// Keeps libtiff's first error for as long as it lives; libvips has handlers of its own. libtiff has
// one function for the whole process: for one thread.
class TiffListening {
 public:
  TiffListening();
  ~TiffListening();
  TiffListening(const TiffListening&) = delete;
  TiffListening& operator=(const TiffListening&) = delete;
  // The failure that it has heard of. kCorruption, kUnsupported, kIoError (no memory).
  Status Failure() const;
  // Its words about the first tag whose values the file does not have; empty: all are there.
  std::string Missing() const;

 private:
  TIFFErrorHandler error_, warning_;
};

struct TiffCursor {
  ByteSpan file;
  uint64_t at = 0;
};

struct CloseTiff {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using OpenTiff = std::unique_ptr<TIFF, CloseTiff>;

// The first page. Null on failure. The cursor must outlive it.
OpenTiff OpenTiffAt(TiffCursor* cursor);

// A number of a tag, or its default.
uint16_t TiffShort(TIFF* tiff, uint32_t tag);

// 1 to 8.
int TiffOrientation(TIFF* tiff);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_TIFF_OPEN_H_
