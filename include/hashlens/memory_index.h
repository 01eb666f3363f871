// Codes and features of one's own, in memory: nearest codes first, then in order of the features.
#ifndef HASHLENS_MEMORY_INDEX_H_
#define HASHLENS_MEMORY_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hashlens/code_index.h"
#include "hashlens/status.h"

namespace hashlens {

struct MemoryHit {
  uint64_t row = 0;
  uint32_t hamming = 0;           // bits in which the codes differ
  std::optional<float> distance;  // Euclidean, of centred unit-length features, 0..2; with features
  bool operator==(const MemoryHit&) const = default;
};

struct MemorySearch {
  size_t k = 10;             // hits a query
  size_t candidates = 1000;  // nearest codes that are put in order by their features; at least k
  // With those as near as the last of them, up to so many in all: CodeTrace::ties_cut counts the
  // others. Less than `candidates`: no more than these.
  size_t most_candidates = 10'000;
  int radius = -1;                  // only codes within this Hamming distance; -1: no limit
  const Bitmap* allowed = nullptr;  // only these rows (size: rows()); nullptr: all. Not owned.
  Strategy strategy = Strategy::kAuto;
  int threads = 1;
};

// The coarse-to-fine search of Lin et al. (2015) without pictures or a library on disk. Rows are
// numbered from 0 as they come. Features are kept as fp16, 2 * dim bytes a row. Add and Prepare
// must not overlap with anything; searches may run on several threads at once.
class MemoryIndex {
 public:
  // bits: 8..512. dim: of a feature; 0 for codes alone. mean: what features are centred on before
  // they are compared (dim values), empty for none. kInvalidArgument.
  static Result<MemoryIndex> Create(int bits, size_t dim, std::vector<float> mean = {});

  uint64_t rows() const { return codes_.rows(); }
  size_t dim() const { return dim_; }
  const CodeIndex& codes() const { return codes_; }

  // codes: n * codes().code_bytes() bytes, packed as CodeIndex says. features: n * dim() values, of
  // any length. kInvalidArgument where the sizes don't fit each other or a value is not finite,
  // kIoError without memory; then nothing was added.
  Status Add(std::span<const uint8_t> codes, std::span<const float> features);
  // As CodeIndex::Prepare: worth it before many searches.
  Status Prepare(int threads = 1) { return codes_.Prepare(threads); }

  // One list of hits a query, best first: by (distance, row). codes: m codes. features: m * dim
  // values, or none: then hits come by (hamming, row). Exact: the candidates are the nearest codes.
  // traces: one a query, or nullptr.
  Result<std::vector<std::vector<MemoryHit>>> Search(
      std::span<const uint8_t> codes, std::span<const float> features, const MemorySearch& search,
      std::vector<CodeTrace>* traces = nullptr) const;

 private:
  MemoryIndex(int bits, size_t dim, std::vector<float> mean)
      : codes_(bits), dim_(dim), mean_(std::move(mean)) {}

  CodeIndex codes_;
  size_t dim_;
  std::vector<float> mean_;
  std::vector<uint16_t> features_;  // rows x dim, fp16
};

}  // namespace hashlens

#endif  // HASHLENS_MEMORY_INDEX_H_
