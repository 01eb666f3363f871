#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "hash/dots.h"
#include "hash/hash_head.h"

namespace hashlens {
namespace {

// Rows whose features stay in the second-level cache while all weights go by.
constexpr size_t kBlockRows = 64;

// Not a number gives bit 0.
void PackBits(const float* sums, const float* bias, size_t bits, uint8_t* code) {
  std::fill_n(code, CodeBytes(static_cast<int>(bits)), uint8_t{0});
  for (size_t i = 0; i < bits; ++i) {
    const unsigned bit = sums[i] + bias[i] >= 0.0f ? 1u : 0u;
    code[i / 8] = static_cast<uint8_t>(code[i / 8] | (bit << (i % 8)));
  }
}

// Of a sum below 0 the result is below the head's threshold, of any other not, however near.
float ActivationOf(const HashHead& head, double sum, bool bit) {
  const double shift = SumFor(head.activation, head.threshold);
  const auto value = static_cast<float>(Activate(head.activation, sum + shift));
  constexpr float kLowest = std::numeric_limits<float>::lowest();
  return bit ? std::max(value, head.threshold)
             : std::min(value, std::nextafter(head.threshold, kLowest));
}

}  // namespace

void ApplyHead(const HashHead& head, std::span<const float> features, std::span<uint8_t> codes) {
  const size_t bits = static_cast<size_t>(head.bits);
  const size_t dim = static_cast<size_t>(head.dim);
  assert(dim > 0 && features.size() % dim == 0);
  assert(head.weights.size() == bits * dim && head.bias.size() == bits);
  const size_t count = features.size() / dim;
  const size_t code_bytes = CodeBytes(head.bits);
  assert(codes.size() == count * code_bytes);

  std::vector<float> sums(std::min(count, kBlockRows) * bits);
  for (size_t first = 0; first < count; first += kBlockRows) {
    const size_t rows = std::min(kBlockRows, count - first);
    Dots(head.weights.data(), bits, features.data() + first * dim, rows, dim, sums.data());
    for (size_t r = 0; r < rows; ++r) {
      PackBits(&sums[r * bits], head.bias.data(), bits, codes.data() + (first + r) * code_bytes);
    }
  }
}

void ApplyLatent(const HashHead& head, std::span<const float> feature, double scale,
                 std::span<float> activations) {
  const size_t bits = static_cast<size_t>(head.bits);
  assert(feature.size() == static_cast<size_t>(head.dim) && activations.size() == bits);
  std::vector<float> sums(bits);
  Dots(head.weights.data(), bits, feature.data(), 1, feature.size(), sums.data());
  for (size_t i = 0; i < bits; ++i) {
    const float sum = sums[i] + head.bias[i];
    activations[i] = ActivationOf(head, scale * sum, sum >= 0.0F);
  }
}

}  // namespace hashlens
