// Netpbm's pictures (PBM, PGM, PPM, PAM) and PFM, as netpbm.sourceforge.net/doc describes them.
#ifndef HASHLENS_DECODE_PNM_READER_H_
#define HASHLENS_DECODE_PNM_READER_H_

#include "base/bytes.h"
#include "decode/raster.h"
#include "hashlens/status.h"

namespace hashlens {

// The first picture of a file that starts with P1 to P7, PF or Pf. Samples mean parts of the
// file's own maximum. Those of PFM are taken as they are: 0.0 is black, 1.0 white. Of a file that
// ends early there is damage. kCorruption: no such header; kInvalidArgument: over `max_pixels`;
// kUnsupported: a PAM of samples that are no colours.
Result<Raster> ReadPnm(ByteSpan file, uint64_t max_pixels);

}  // namespace hashlens

#endif  // HASHLENS_DECODE_PNM_READER_H_
