#include "hash/products.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "base/random.h"
#include "hash/test_targets.h"

namespace hashlens {
namespace {

// The scalar twin: the order of summation as products.h states it.
float ElementTwin(const LeftFactor& left, const float* right, size_t right_stride, size_t steps,
                  size_t i, size_t j) {
  float sum = 0;
  for (size_t k = 0; k < steps; k += kProductSteps) {
    float run = 0;
    for (size_t s = k; s < std::min(steps, k + kProductSteps); ++s) {
      run += left.data[i * left.row_stride + s * left.step_stride] * right[s * right_stride + j];
    }
    sum = k == 0 ? run : sum + run;
  }
  return sum;
}

TEST(Product, EveryInstructionSetGivesTheTwinsBitsForBothLayouts) {
  OnEveryTarget([] {
    Random random(11);
    for (const size_t steps : {1, 2, 127, 128, 129, 300}) {
      for (const size_t rows : {1, 5, 6, 7, 13}) {
        for (const size_t columns : {1, 3, 4, 8, 9, 16, 31, 32, 33, 70}) {
          const size_t right_stride = columns + 3, out_stride = columns + 2;
          std::vector<float> left_values(rows * steps + 1), right(steps * right_stride + 1);
          for (float& v : left_values)
            v = static_cast<float>(random.Normal() * std::exp2(8 * random.Uniform()));
          for (float& v : right) v = static_cast<float>(random.Normal());
          for (const bool by_rows : {true, false}) {
            const LeftFactor left{&left_values[1], by_rows ? steps : 1, by_rows ? 1 : rows};
            std::vector<float> out(rows * out_stride, 777.0f);
            Product(left, &right[1], right_stride, rows, columns, steps, out.data(), out_stride);
            for (size_t i = 0; i < rows; ++i) {
              for (size_t j = 0; j < columns; ++j) {
                const float twin = ElementTwin(left, &right[1], right_stride, steps, i, j);
                ASSERT_EQ(std::bit_cast<uint32_t>(out[i * out_stride + j]),
                          std::bit_cast<uint32_t>(twin))
                    << steps << " steps, " << rows << " x " << columns << ": " << i << ", " << j;
              }
              for (size_t j = columns; j < out_stride; ++j)
                ASSERT_EQ(out[i * out_stride + j], 777.0f);
            }
          }
        }
      }
    }
  });
}

}  // namespace
}  // namespace hashlens
