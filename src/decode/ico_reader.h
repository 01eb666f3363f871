// Windows icons and cursors.
#ifndef HASHLENS_DECODE_ICO_READER_H_
#define HASHLENS_DECODE_ICO_READER_H_

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

struct IconPicture {
  ByteSpan bytes;    // a PNG, or a bitmap for ReadIconBitmap
  bool cut = false;  // a larger one lies outside the file
};

// The largest picture within the file; of two as large, the one with more colours. kCorruption: no
// picture lies within the file.
Result<IconPicture> LargestOfIcon(ByteSpan file);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_ICO_READER_H_
