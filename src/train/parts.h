// Work shared out among torch's threads.
#ifndef HASHLENS_TRAIN_PARTS_H_
#define HASHLENS_TRAIN_PARTS_H_

#include <cstddef>
#include <functional>

namespace hashlens {

// How many parts `total` pieces of work make: one a thread of torch (at::get_num_threads), fewer
// where a part would have less than `least` pieces. At least 1.
size_t PartCount(size_t total, size_t least);

// Calls part(i, begin, end) for each of `parts` about equal runs that make up [0, total), on
// torch's threads. Which pieces are in part i depends on total and parts only.
void ForEachPart(size_t parts, size_t total,
                 const std::function<void(size_t, size_t, size_t)>& part);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_PARTS_H_
