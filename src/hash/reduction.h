// A reduction: what makes a network's feature smaller before it is stored. Features that it has
// made are what a library keeps, codes and compares; the network's own are gone.
#ifndef HASHLENS_HASH_REDUCTION_H_
#define HASHLENS_HASH_REDUCTION_H_

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "hash/fit.h"
#include "hash/hash_head.h"
#include "hashlens/status.h"

namespace hashlens {

enum class ReductionKind : uint32_t {
  kPca = 1,   // directions . (feature - mean), fp16
  kInt8 = 2,  // 8 bits a value (base/int8_row.h)
};

// A value; immutable in use, then thread-safe.
struct Reduction {
  ReductionKind kind = ReductionKind::kInt8;
  int in_dim = 0;
  int out_dim = 0;                // kInt8: in_dim; kPca: less
  std::vector<float> mean;        // kPca: in_dim
  std::vector<float> directions;  // kPca: out_dim x in_dim, orthonormal rows
};

// Of features.size() / in_dim features, one after the other, what is stored: out_dim numbers each,
// rounded as they are stored. The same feature gives the same numbers on every CPU, alone or among
// others. kCorruption when a value is not finite. Uses all CPUs for many features. Thread-safe.
Result<std::vector<float>> Reduce(const Reduction& reduction, std::span<const float> features);

// The feature that comes nearest to what was reduced: in_dim numbers, of about unit length.
std::vector<float> Expand(const Reduction& reduction, std::span<const float> reduced);

// Principal components of the source (Pearson 1901), of its sample covariance. kInvalidArgument
// unless 1 <= out_dim < source.dim() and out_dim < source.rows(). Memory: O(dim^2). Always the same
// for the same features. kCancelled when stopped.
Result<Reduction> FitPca(const FeatureSource& source, int out_dim, std::stop_token stop = {});

Reduction Int8Reduction(int dim);

// The head that gives reduced features the codes that `head` gives those they were made of, as far
// as the reduction keeps them. `reduced.mean` is the reduced mean.
HashHead ReduceHead(const HashHead& head, const Reduction& reduction);

// The file form (docs/FORMAT.md): magic, version, sizes, numbers, CRC-32C.
std::string SerializeReduction(const Reduction& reduction);
// kCorruption with what is wrong (no path: the caller knows it), kUnsupported for a newer version.
Result<Reduction> ParseReduction(ByteSpan bytes);
// No file that ParseReduction takes is larger.
inline constexpr uint64_t kMaxReductionBytes = (uint64_t{1} << 30) + 64;

}  // namespace hashlens

#endif  // HASHLENS_HASH_REDUCTION_H_
