// What a file claims against what there is, checked before a decoder reserves memory.
#ifndef HASHLENS_IMAGE_PLAIN_HEADERS_H_
#define HASHLENS_IMAGE_PLAIN_HEADERS_H_

#include "base/bytes.h"
#include "hashlens/status.h"

namespace hashlens {

// Of a file that starts as a PNG does (ISO/IEC 15948, 5.3): libspng reserves as much memory for a
// chunk as the chunk claims to be long. Pixels may end early, which the decoder tells.
Status CheckPngChunks(ByteSpan file);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_PLAIN_HEADERS_H_
