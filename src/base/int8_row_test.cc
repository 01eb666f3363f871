#include "base/int8_row.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "base/half.h"

namespace hashlens {
namespace {

using Halves = std::vector<uint16_t>;

Halves HalvesOf(const std::vector<float>& values) {
  Halves halves;
  for (const float value : values) halves.push_back(HalfFromFloat(value));
  return halves;
}

std::vector<std::byte> Encode(const Halves& values) {
  std::vector<std::byte> row(Int8RowBytes(values.size()));
  EXPECT_TRUE(EncodeInt8Row(values, row));
  return row;
}

Halves Decode(const std::vector<std::byte>& row) {
  Halves values(row.size() - 4);
  EXPECT_TRUE(DecodeInt8Row(row, values));
  return values;
}

void ExpectSame(const Halves& a, const Halves& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) ASSERT_EQ(FloatFromHalf(a[i]), FloatFromHalf(b[i])) << i;
}

TEST(Int8Row, EveryValueIsWithinHalfAStepAndASecondTimeChangesNothing) {
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal;
  for (int trial = 0; trial < 3000; ++trial) {
    const size_t dim = 1 + random() % 300;
    const float scale = std::ldexp(1.0F, static_cast<int>(random() % 30) - 20);
    const float offset = trial % 3 == 0 ? 0 : std::ldexp(1.0F, static_cast<int>(random() % 12));
    std::vector<float> values(dim);
    for (float& value : values) value = normal(random) * scale + (trial % 2 ? offset : -offset);
    const Halves stored = HalvesOf(values);
    const Halves once = Decode(Encode(stored));
    const auto [low, high] = std::minmax_element(
        stored.begin(), stored.end(),
        [](uint16_t a, uint16_t b) { return FloatFromHalf(a) < FloatFromHalf(b); });
    const float step = (FloatFromHalf(*high) - FloatFromHalf(*low)) / 255;
    for (size_t i = 0; i < dim; ++i) {
      const float value = FloatFromHalf(stored[i]);
      const float rounding = std::max(std::abs(value) * 0x1p-11F, 0x1p-25F);
      ASSERT_LE(std::abs(FloatFromHalf(once[i]) - value), step / 2 * 1.0001F + rounding);
    }
    ExpectSame(Decode(Encode(once)), once);
    EXPECT_EQ(Encode(Decode(Encode(once))), Encode(once));
  }
}

// Bits at random: subnormal values, ranges of a few units in the last place, huge ones.
TEST(Int8Row, ASecondTimeChangesNothingWhateverTheBits) {
  std::mt19937_64 random(2);
  for (int trial = 0; trial < 5000; ++trial) {
    Halves stored(1 + random() % 40);
    const uint16_t base = static_cast<uint16_t>(random());
    for (uint16_t& half : stored) {
      half = trial % 2 ? static_cast<uint16_t>(random())
                       : static_cast<uint16_t>(base + random() % (trial % 7 ? 5 : 2000));
      if ((half & 0x7c00) == 0x7c00) half &= 0x83ff;
    }
    const Halves once = Decode(Encode(stored));
    ExpectSame(Decode(Encode(once)), once);
  }
}

TEST(Int8Row, LowestAndHighestStayAndEqualValuesStayEqual) {
  ExpectSame(Decode(Encode(HalvesOf({0, 0, 0}))), HalvesOf({0, 0, 0}));
  ExpectSame(Decode(Encode(HalvesOf({0.3F}))), HalvesOf({0.3F}));
  ExpectSame(Decode(Encode(HalvesOf({-65504, 65504}))), HalvesOf({-65504, 65504}));
  ExpectSame(Decode(Encode(HalvesOf({-0.0F, 1}))), HalvesOf({0, 1}));
  ExpectSame(Decode(Encode({0x0001, 0x0003, 0x8001})), {0x0001, 0x0003, 0x8001});
}

TEST(Int8Row, RefusesWhatIsNotFiniteAndRangesUpsideDown) {
  std::vector<std::byte> row(Int8RowBytes(2));
  for (const uint16_t bad : Halves{0x7c00, 0xfc00, 0x7e01}) {
    EXPECT_FALSE(EncodeInt8Row(Halves{0x3c00, bad}, row));
    Halves values(2);
    for (const size_t at : {0, 2}) {
      row = Encode(HalvesOf({0, 1}));
      row[at] = static_cast<std::byte>(bad & 0xff);
      row[at + 1] = static_cast<std::byte>(bad >> 8);
      EXPECT_FALSE(DecodeInt8Row(row, values));
    }
  }
  row = Encode(HalvesOf({0, 1}));
  std::swap(row[1], row[3]);  // 1 .. 0
  Halves values(2);
  EXPECT_FALSE(DecodeInt8Row(row, values));
}

}  // namespace
}  // namespace hashlens
