// Going through features in blocks of one fixed size, checked.
#ifndef HASHLENS_HASH_ROW_BLOCKS_H_
#define HASHLENS_HASH_ROW_BLOCKS_H_

#include <cstddef>
#include <functional>
#include <span>
#include <stop_token>

#include "hash/fit.h"

namespace hashlens {

inline constexpr size_t kRowsPerBlock = 2048;

// False for NaN, infinity and values so large (over 1e6) that their squares could not be summed in
// float.
bool AllUsable(std::span<const float> values);

Status FitCancelled();

// Calls `use` with blocks of kRowsPerBlock rows (the last one may be shorter), whatever the
// source's own blocks are, so that they have no influence on sums. kInvalidArgument for a row that
// is not AllUsable or when the source gives other than source.rows() rows; kCancelled when stopped;
// else the source's or `use`'s failure.
Status ForEachRowBlock(const FeatureSource& source, std::stop_token stop,
                       const std::function<Status(std::span<const float> rows)>& use);

}  // namespace hashlens

#endif  // HASHLENS_HASH_ROW_BLOCKS_H_
