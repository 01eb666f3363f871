// What the start of a file claims against what there is, checked before a decoder reserves memory.
#ifndef HASHLENS_IMAGE_PLAIN_HEADERS_H_
#define HASHLENS_IMAGE_PLAIN_HEADERS_H_

#include "base/bytes.h"
#include "hashlens/status.h"
#include "image/decode.h"

namespace hashlens {

// ImageMagick, which reads bitmaps for libvips, cannot read a header alone: it would decode the
// pixels before any limit is checked.
Status CheckBmpHeader(ByteSpan file, const DecodeOptions& options);

// libvips complains on stderr about an empty PNM, and of one that ends early it goes on to make up
// rows: for each of the numbers of a text that are not there, without end.
Status CheckPnmHeader(ByteSpan file, const DecodeOptions& options);

// Of a file that starts as a PNG does (ISO/IEC 15948, 5.3): libspng reserves as much memory for a
// chunk as the chunk claims to be long.
Status CheckPngChunks(ByteSpan file);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_PLAIN_HEADERS_H_
