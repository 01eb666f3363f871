#include "train/parts.h"

#include <ATen/Parallel.h>

#include <algorithm>

#if AT_PARALLEL_OPENMP && !defined(_OPENMP)
#error "at::parallel_for is a template that uses one thread unless compiled with OpenMP"
#endif

namespace hashlens {

size_t PartCount(size_t total, size_t least) {
  const size_t threads = static_cast<size_t>(std::max(1, at::get_num_threads()));
  return std::clamp<size_t>(total / least, 1, threads);
}

void ForEachPart(size_t parts, size_t total,
                 const std::function<void(size_t, size_t, size_t)>& part) {
  at::parallel_for(0, static_cast<int64_t>(parts), 1, [&](int64_t first, int64_t end) {
    for (size_t i = static_cast<size_t>(first); i < static_cast<size_t>(end); ++i) {
      part(i, total * i / parts, total * (i + 1) / parts);
    }
  });
}

}  // namespace hashlens
