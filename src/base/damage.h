// What counts as a damaged picture, and how it is told.
#ifndef HASHLENS_BASE_DAMAGE_H_
#define HASHLENS_BASE_DAMAGE_H_

#include <algorithm>
#include <cstdint>
#include <string>

namespace hashlens {

// Whether enough of a damaged picture can be relied upon to be worth keeping: the top two thirds.
inline bool EnoughIsWhole(int whole_rows, int rows) {
  return int64_t{3} * whole_rows >= int64_t{2} * rows;
}

// What is told of one that is kept.
inline std::string DamageText(const std::string& why, int whole_rows, int rows) {
  return why + "; " + std::to_string(int64_t{100} * whole_rows / std::max(rows, 1)) +
         " % of the rows are whole";
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_DAMAGE_H_
