// Made-up features that lie as those of a library do: for measuring with more of them.
#ifndef HASHLENS_LIBRARY_LIKE_FEATURES_H_
#define HASHLENS_LIBRARY_LIKE_FEATURES_H_

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "hash/fit.h"
#include "hashlens/types.h"

namespace hashlens {

// A made-up feature is a real one (its centre) and a step from it. The step's length is the
// distance from the centre to its nearest neighbour, divided by the square root of 2: so two
// features of one centre are about as far apart as real neighbours are. Its direction is a random
// sum of directions from real features to their near neighbours, so steps have the spectrum (the
// covariance) of these. Of more than 1000 features, each takes the length of one of 1000 whose
// neighbours were looked for. Immutable, then thread-safe.
class LikeFeatures {
 public:
  // Reads the features of `real`, at least kLeast, and looks for the neighbours of up to 1000 of
  // them. Memory: the features, and those directions. kInvalidArgument when there are too few, or
  // all are equal; kCancelled; errors of `real`.
  static constexpr uint64_t kLeast = 100;
  static Result<LikeFeatures> Learn(const FeatureSource& real, uint64_t seed,
                                    const ProgressFunction& progress, const std::stop_token& stop);

  size_t dim() const { return dim_; }
  uint64_t real_rows() const { return real_.size() / dim_; }
  std::span<const float> real(uint64_t row) const {
    return std::span(real_).subspan(row * dim_, dim_);
  }
  // The `number`-th made-up feature, of unit length; always the same for a number.
  void Make(uint64_t number, std::span<float> feature) const;

 private:
  LikeFeatures() = default;
  Status FindNeighbours(const ProgressFunction& progress, const std::stop_token& stop);

  size_t dim_ = 0;
  uint64_t seed_ = 0;
  std::vector<float> real_;        // rows x dim
  std::vector<float> directions_;  // of unit length, each dim
  std::vector<float> distances_;   // to the nearest neighbour, of each of the features whose
                                   // neighbours were looked for
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_LIKE_FEATURES_H_
