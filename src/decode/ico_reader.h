// Windows icons and cursors.
#ifndef HASHLENS_DECODE_ICO_READER_H_
#define HASHLENS_DECODE_ICO_READER_H_

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

// The bytes of the largest picture, among those alike of the one with most colours: a PNG, or a
// bitmap for ReadIconBitmap. kCorruption: no picture within the file.
Result<ByteSpan> LargestOfIcon(ByteSpan file);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_ICO_READER_H_
