// QOI, the "quite OK image format", as qoiformat.org specifies it.
#ifndef HASHLENS_DECODE_QOI_READER_H_
#define HASHLENS_DECODE_QOI_READER_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// Of a file that ends early there is damage. kCorruption: a broken header; kInvalidArgument: over
// `max_pixels`. The header's word about linear light is for information only and not followed, as
// the specification has it.
Result<Raster> ReadQoi(ByteSpan file, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_QOI_READER_H_
