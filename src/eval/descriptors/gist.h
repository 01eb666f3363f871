// GIST (Oliva and Torralba 2001, "Modeling the Shape of the Scene"): how strongly a picture answers
// to Gabor filters of 4 scales and 8 directions, averaged over a 4 x 4 grid.
#ifndef HASHLENS_EVAL_DESCRIPTORS_GIST_H_
#define HASHLENS_EVAL_DESCRIPTORS_GIST_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "image/image.h"

namespace hashlens {

// Immutable, thread-safe.
class Gist {
 public:
  static constexpr int kScales = 4;
  static constexpr int kDirections = 8;
  static constexpr int kGrid = 4;
  static constexpr size_t kDim = size_t{kScales} * kDirections * kGrid * kGrid;

  Gist();
  ~Gist();

  // kDim numbers, filter by filter, each the grid row by row. The picture is brought to 128 x 128.
  std::vector<float> Describe(const Image& image) const;

 private:
  struct Filters;
  std::unique_ptr<const Filters> filters_;
};

}  // namespace hashlens

#endif  // HASHLENS_EVAL_DESCRIPTORS_GIST_H_
