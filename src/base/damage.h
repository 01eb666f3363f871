// What counts as a damaged picture that is kept, and how it is told.
#ifndef HASHLENS_BASE_DAMAGE_H_
#define HASHLENS_BASE_DAMAGE_H_

#include <algorithm>
#include <cstdint>
#include <string>

#include "hashlens/status.h"

namespace hashlens {

// The grey of rows that a file does not have.
inline constexpr uint8_t kMissingSample = 128;

// Of a picture that is damaged (`why` is not empty): kCorruption unless damaged ones are wanted and
// the top two thirds of its rows are whole; then *told says why and how much of it is whole.
inline Status KeepDamaged(const std::string& why, int whole_rows, int rows, bool lenient,
                          std::string* told) {
  if (why.empty()) return {};
  if (!lenient || int64_t{3} * whole_rows < int64_t{2} * rows) return Corruption(why);
  *told = why + "; " + std::to_string(int64_t{100} * whole_rows / std::max(rows, 1)) +
          " % of the rows are whole";
  return {};
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_DAMAGE_H_
