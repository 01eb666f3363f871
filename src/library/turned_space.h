// A random linear map from one number of dimensions to another that keeps distances.
#ifndef HASHLENS_LIBRARY_TURNED_SPACE_H_
#define HASHLENS_LIBRARY_TURNED_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hashlens {

// To the same number of dimensions: the features as they are. To more: zeros are added, and all are
// mixed by an orthogonal map, so that distances stay. To fewer: mixed, cut off and scaled, so that
// squared distances stay in the mean (Johnson and Lindenstrauss 1984). Mixing costs about dim x
// log(dim): rounds of random signs, a random order, and Hadamard transforms of blocks (Ailon and
// Chazelle 2009). A value; immutable in use, then thread-safe.
class TurnedSpace {
 public:
  // from, to: at least 1.
  TurnedSpace(size_t from, size_t to, uint64_t seed);

  size_t from() const { return from_; }
  size_t to() const { return to_; }
  // feature: from() floats. turned: to() floats.
  void Apply(std::span<const float> feature, std::span<float> turned) const;
  // The map as a matrix, to() x from(), row by row.
  std::vector<float> Matrix() const;

 private:
  struct Round {
    std::vector<float> signs;     // 1 or -1
    std::vector<uint32_t> order;  // where each number comes from
  };
  size_t from_;
  size_t to_;
  std::vector<Round> rounds_;  // of max(from, to) numbers; none: nothing is mixed
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_TURNED_SPACE_H_
