// The form of a binary code in memory and on disk.
#ifndef HASHLENS_BASE_CODE_H_
#define HASHLENS_BASE_CODE_H_

#include <cstddef>

namespace hashlens {

inline constexpr int kMinBits = 8;
inline constexpr int kMaxBits = 512;

// Bytes of one packed code: bit i is bit (i % 8) of byte i / 8; unused high bits of the last byte
// are 0.
inline constexpr size_t CodeBytes(int bits) { return (static_cast<size_t>(bits) + 7) / 8; }

}  // namespace hashlens

#endif  // HASHLENS_BASE_CODE_H_
