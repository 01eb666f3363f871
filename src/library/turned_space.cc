#include "library/turned_space.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "base/random.h"

namespace hashlens {
namespace {

// Blocks are powers of two, so that a number of dimensions that is none has several: rounds carry
// numbers from one to the other.
constexpr int kMixRounds = 3;

// In place, scaled so that lengths stay. size: a power of two.
void Hadamard(float* values, size_t size) {
  for (size_t half = 1; half < size; half *= 2) {
    for (size_t start = 0; start < size; start += 2 * half) {
      for (size_t i = start; i < start + half; ++i) {
        const float a = values[i];
        const float b = values[i + half];
        values[i] = a + b;
        values[i + half] = a - b;
      }
    }
  }
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  for (size_t i = 0; i < size; ++i) values[i] *= scale;
}

void HadamardBlocks(std::vector<float>* values) {
  for (size_t start = 0; start < values->size();) {
    const size_t size = std::bit_floor(values->size() - start);
    Hadamard(values->data() + start, size);
    start += size;
  }
}

}  // namespace

TurnedSpace::TurnedSpace(size_t from, size_t to, uint64_t seed) : from_(from), to_(to) {
  if (from == to) return;
  const size_t size = std::max(from, to);
  Random random(seed);
  for (int i = 0; i < kMixRounds; ++i) {
    Round& round = rounds_.emplace_back();
    for (size_t j = 0; j < size; ++j) round.signs.push_back(random.Uniform() < 0.5 ? -1.0F : 1.0F);
    round.order.resize(size);
    std::iota(round.order.begin(), round.order.end(), uint32_t{0});
    for (size_t j = size; j > 1; --j) {
      const auto other = static_cast<size_t>(random.Uniform() * static_cast<double>(j));
      std::swap(round.order[j - 1], round.order[other]);
    }
  }
}

void TurnedSpace::Apply(std::span<const float> feature, std::span<float> turned) const {
  if (rounds_.empty()) {
    std::ranges::copy(feature, turned.begin());
    return;
  }
  std::vector<float> values(std::max(from_, to_));
  std::vector<float> mixed(values.size());
  std::ranges::copy(feature, values.begin());
  for (const Round& round : rounds_) {
    for (size_t i = 0; i < values.size(); ++i) mixed[i] = values[round.order[i]] * round.signs[i];
    values.swap(mixed);
    HadamardBlocks(&values);
  }
  const auto scale =
      static_cast<float>(std::sqrt(static_cast<double>(values.size()) / static_cast<double>(to_)));
  for (size_t i = 0; i < to_; ++i) turned[i] = values[i] * scale;
}

std::vector<float> TurnedSpace::Matrix() const {
  std::vector<float> matrix(to_ * from_);
  std::vector<float> unit(from_);
  std::vector<float> column(to_);
  for (size_t i = 0; i < from_; ++i) {
    unit[i] = 1;
    Apply(unit, column);
    unit[i] = 0;
    for (size_t j = 0; j < to_; ++j) matrix[j * from_ + i] = column[j];
  }
  return matrix;
}

}  // namespace hashlens
