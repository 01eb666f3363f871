// The headers of the formats that store pixels plainly, read before libvips sees the file.
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

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_PLAIN_HEADERS_H_
