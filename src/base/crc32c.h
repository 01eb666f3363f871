// CRC-32C (Castagnoli), the checksum of every hashlens file. Computed by ISA-L with run-time
// dispatch.
#ifndef HASHLENS_BASE_CRC32C_H_
#define HASHLENS_BASE_CRC32C_H_

#include <cstdint>

#include "base/bytes.h"

namespace hashlens {

// CRC-32C of `bytes`; "123456789" gives 0xE3069283. Pass an earlier result as `crc` to go on from
// it.
uint32_t Crc32c(ByteSpan bytes, uint32_t crc = 0);

}  // namespace hashlens

#endif  // HASHLENS_BASE_CRC32C_H_
