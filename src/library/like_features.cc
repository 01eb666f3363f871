#include "library/like_features.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>

#include "base/parallel.h"
#include "base/random.h"
#include "base/try.h"
#include "hash/dots.h"

namespace hashlens {
namespace {

constexpr uint64_t kMostAnchors = 1000;
constexpr size_t kNear = 4;  // neighbours of an anchor that give directions
constexpr int kSteps = 8;    // directions that a step is the sum of
constexpr size_t kTaskAnchors = 16;
constexpr size_t kTaskRows = 256;  // compared with the anchors of a task at once
constexpr double kNoStep = 1e-3;   // nearer ones are copies, as far as fp16 can tell

// Spreads numbers over all 64 bits (splitmix64, Steele et al. 2014).
uint64_t Mixed(uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
  number = (number ^ number >> 27) * 0x94d049bb133111eb;
  return number ^ number >> 31;
}

void Normalise(std::span<float> feature) {
  double squares = 0;
  for (const float value : feature) squares += double{value} * value;
  if (squares <= 0) return;
  const auto scale = static_cast<float>(1 / std::sqrt(squares));
  for (float& value : feature) value *= scale;
}

// The rows of the largest products, by falling product; UINT64_MAX: none yet.
struct Nearest {
  std::array<std::pair<float, uint64_t>, kNear> rows;
  Nearest() { rows.fill({-2.0F, UINT64_MAX}); }
  void Add(float product, uint64_t row) {
    if (product <= rows.back().first) return;
    rows.back() = {product, row};
    for (size_t i = kNear - 1; i > 0 && rows[i - 1].first < rows[i].first; --i)
      std::swap(rows[i - 1], rows[i]);
  }
};

}  // namespace

Result<LikeFeatures> LikeFeatures::Learn(const FeatureSource& real, uint64_t seed,
                                         const ProgressFunction& progress,
                                         const std::stop_token& stop) {
  if (real.rows() < kLeast) {
    return InvalidArgument("has " + std::to_string(real.rows()) + " images; at least " +
                           std::to_string(kLeast) + " are needed to tell how its features lie");
  }
  LikeFeatures like;
  like.dim_ = static_cast<size_t>(real.dim());
  like.seed_ = seed;
  like.real_.reserve(real.rows() * like.dim_);
  HL_TRY(real.ForEachBlock([&](std::span<const float> rows) -> Status {
    if (stop.stop_requested()) return Cancelled("stopped; nothing was made");
    like.real_.insert(like.real_.end(), rows.begin(), rows.end());
    if (progress) progress({"reading features", like.real_rows(), real.rows(), 0, 0});
    return {};
  }));
  for (uint64_t row = 0; row < like.real_rows(); ++row)
    Normalise(std::span(like.real_).subspan(row * like.dim_, like.dim_));
  HL_TRY(like.FindNeighbours(progress, stop));
  if (like.directions_.empty()) return InvalidArgument("all its features are equal");
  return like;
}

Status LikeFeatures::FindNeighbours(const ProgressFunction& progress, const std::stop_token& stop) {
  const uint64_t rows = real_rows();
  const uint64_t anchors = std::min(rows, kMostAnchors);
  const auto anchor_row = [&](uint64_t anchor) { return anchor * rows / anchors; };
  std::vector<Nearest> nearest(anchors);
  const size_t tasks = (anchors + kTaskAnchors - 1) / kTaskAnchors;
  std::atomic<bool> stopped = false;
  ParallelFor(tasks, [&](size_t task) {
    const uint64_t first = task * kTaskAnchors;
    const size_t count = std::min<uint64_t>(kTaskAnchors, anchors - first);
    std::vector<float> mine;
    for (size_t i = 0; i < count; ++i) {
      const auto row = real(anchor_row(first + i));
      mine.insert(mine.end(), row.begin(), row.end());
    }
    std::vector<float> products(kTaskRows * count);
    for (uint64_t begin = 0; begin < rows && !stopped; begin += kTaskRows) {
      stopped = stopped || stop.stop_requested();
      const size_t block = std::min<uint64_t>(kTaskRows, rows - begin);
      Dots(mine.data(), count, real_.data() + begin * dim_, block, dim_, products.data());
      for (size_t r = 0; r < block; ++r) {
        for (size_t i = 0; i < count; ++i) {
          if (begin + r != anchor_row(first + i))
            nearest[first + i].Add(products[r * count + i], begin + r);
        }
      }
    }
  });
  if (stopped) return Cancelled("stopped; nothing was made");
  if (progress) progress({"comparing features", anchors, anchors, 0, 0});
  for (uint64_t anchor = 0; anchor < anchors; ++anchor) {
    const auto from = real(anchor_row(anchor));
    for (size_t i = 0; i < kNear; ++i) {
      const auto to = real(nearest[anchor].rows[i].second);
      std::vector<float> step(dim_);
      double squares = 0;
      for (size_t j = 0; j < dim_; ++j) {
        step[j] = to[j] - from[j];
        squares += double{step[j]} * step[j];
      }
      const double length = std::sqrt(squares);
      if (i == 0) distances_.push_back(static_cast<float>(length));
      if (length < kNoStep) continue;
      for (float& value : step) value = static_cast<float>(value / length);
      directions_.insert(directions_.end(), step.begin(), step.end());
    }
  }
  return {};
}

void LikeFeatures::Make(uint64_t number, std::span<float> feature) const {
  Random random(Mixed(seed_ ^ Mixed(number)));
  const auto choose = [&](uint64_t count) {
    return std::min(static_cast<uint64_t>(random.Uniform() * static_cast<double>(count)),
                    count - 1);
  };
  const uint64_t centre = choose(real_rows());
  // The features of one centre share its length.
  const uint64_t anchors = distances_.size();
  const uint64_t anchor = anchors == real_rows() ? centre : Mixed(centre ^ seed_) % anchors;
  const double length = distances_[anchor] / std::sqrt(2.0 * kSteps);
  std::ranges::copy(real(centre), feature.begin());
  for (int i = 0; i < kSteps; ++i) {
    const auto weight = static_cast<float>(random.Normal() * length);
    const float* const direction = &directions_[choose(directions_.size() / dim_) * dim_];
    for (size_t j = 0; j < dim_; ++j) feature[j] += weight * direction[j];
  }
  Normalise(feature);
}

}  // namespace hashlens
