// The ground on which pictures with transparent parts are shown and seen.
#ifndef HASHLENS_BASE_GROUND_H_
#define HASHLENS_BASE_GROUND_H_

#include <cstdint>
#include <span>
#include <vector>

namespace hashlens {

// Lays pixels over white, or over a dark grey when more than half of what shows is nearly white and
// would vanish, as a white logo does. `rgba`: 8-bit sRGB and alpha, not premultiplied, 4 * N bytes;
// gives the 3 * N bytes of opaque pixels.
std::vector<uint8_t> LayOverGround(std::span<const uint8_t> rgba);

}  // namespace hashlens

#endif  // HASHLENS_BASE_GROUND_H_
