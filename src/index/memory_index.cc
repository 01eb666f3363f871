#include "hashlens/memory_index.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "base/code.h"
#include "base/guard.h"
#include "base/half.h"
#include "index/rerank.h"

namespace hashlens {
namespace {

constexpr size_t kMaxDim = 1 << 16;

bool AllFinite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

// How many codes there are, with as many features.
Result<size_t> CountCodes(std::span<const uint8_t> codes, size_t code_bytes,
                          std::span<const float> features, size_t dim, bool features_needed) {
  const size_t count = codes.size() / code_bytes;
  if (codes.size() % code_bytes != 0)
    return InvalidArgument(std::to_string(codes.size()) +
                           " bytes are no whole number of codes of " + std::to_string(code_bytes));
  if ((features_needed || !features.empty()) && features.size() != count * dim)
    return InvalidArgument(std::to_string(features.size()) + " values for " +
                           std::to_string(count) + " features of " + std::to_string(dim));
  if (!AllFinite(features)) return InvalidArgument("a feature has a value that is not finite");
  return count;
}

// fp16 holds what is of unit length best: normalised, as a library stores its features.
void AppendHalves(std::span<const float> feature, std::vector<uint16_t>* halves) {
  double sum = 0;
  for (const float value : feature) sum += double{1} * value * value;
  const double scale = sum > 0 ? 1 / std::sqrt(sum) : 0;
  for (const float value : feature)
    halves->push_back(HalfFromFloat(static_cast<float>(value * scale)));
}

}  // namespace

Result<MemoryIndex> MemoryIndex::Create(int bits, size_t dim, std::vector<float> mean) {
  if (bits < kMinBits || bits > kMaxBits)
    return InvalidArgument(std::to_string(bits) + " bits; a code has " + std::to_string(kMinBits) +
                           " to " + std::to_string(kMaxBits));
  if (dim > kMaxDim)
    return InvalidArgument(std::to_string(dim) + " dimensions; at most " + std::to_string(kMaxDim));
  if (mean.empty()) mean.resize(dim);
  if (mean.size() != dim || !AllFinite(mean))
    return InvalidArgument("the mean must be " + std::to_string(dim) + " finite values");
  return MemoryIndex(bits, dim, std::move(mean));
}

Status MemoryIndex::Add(std::span<const uint8_t> codes, std::span<const float> features) {
  const auto count = CountCodes(codes, codes_.code_bytes(), features, dim_, true);
  if (!count.ok()) return count.status();
  return GuardExceptions([&]() -> Status {
    codes_.Reserve(rows() + *count);
    features_.reserve(std::max(features_.size() + features.size(),
                               std::min(2 * features_.size(), features_.max_size())));
    for (size_t i = 0; i < *count; ++i) AppendHalves(features.subspan(i * dim_, dim_), &features_);
    codes_.Append(codes);
    return {};
  });
}

Result<std::vector<std::vector<MemoryHit>>> MemoryIndex::Search(
    std::span<const uint8_t> codes, std::span<const float> features, const MemorySearch& search,
    std::vector<CodeTrace>* traces) const {
  using Hits = std::vector<std::vector<MemoryHit>>;
  const auto count = CountCodes(codes, codes_.code_bytes(), features, dim_, false);
  if (!count.ok()) return count.status();
  if (search.k == 0) return InvalidArgument("k must be at least 1");
  if (search.allowed != nullptr && search.allowed->size() != rows())
    return InvalidArgument("the allowed rows are " + std::to_string(search.allowed->size()) +
                           ", the index has " + std::to_string(rows()));
  return GuardExceptions([&]() -> Result<Hits> {
    CodeQuery query;
    query.k = features.empty() ? search.k : std::max(search.k, search.candidates);
    query.most = features.empty() ? 0 : std::max(search.most_candidates, query.k);
    query.radius = search.radius;
    query.allowed = search.allowed;
    query.threads = search.threads;
    query.strategy = search.strategy;
    const auto found = codes_.Search(codes, query, traces);
    Hits hits(found.size());
    for (size_t i = 0; i < found.size(); ++i) {
      hits[i].reserve(found[i].size());
      for (const Neighbor& near : found[i]) hits[i].push_back({near.row, near.distance, {}});
      if (features.empty()) continue;
      std::vector<uint16_t> halves;  // as stored, so that a row is at distance 0 from itself
      AppendHalves(features.subspan(i * dim_, dim_), &halves);
      std::vector<float> feature;
      feature.reserve(dim_);
      for (const uint16_t half : halves) feature.push_back(FloatFromHalf(half));
      CentreAndNormalise(feature, mean_);
      for (MemoryHit& hit : hits[i])
        hit.distance = CentredDistance(feature, mean_, &features_[hit.row * dim_]);
      std::ranges::sort(hits[i], [](const MemoryHit& a, const MemoryHit& b) {
        return std::tuple(*a.distance, a.row) < std::tuple(*b.distance, b.row);
      });
      hits[i].resize(std::min(hits[i].size(), search.k));
    }
    return hits;
  });
}

}  // namespace hashlens
