#include "hash/reduction.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/crc32c.h"
#include "base/half.h"
#include "hash/limits.h"
#include "hash/test_features.h"

namespace hashlens {
namespace {

// The examples of docs/FORMAT.md.
Reduction TinyPca() { return {ReductionKind::kPca, 3, 2, {0.5f, 0, -0.25f}, {1, 0, 0, 0, 0, -1}}; }

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}

// The bytes with a checksum that fits.
std::string Sealed(std::string bytes) {
  PutLittleEndian(&bytes, Crc32c(AsBytes(bytes)));
  return bytes;
}

StatusCode Parsed(const std::string& file) { return ParseReduction(AsBytes(file)).status().code(); }

TEST(ReductionFile, EveryFieldSurvives) {
  const auto pca = ParseReduction(AsBytes(SerializeReduction(TinyPca())));
  ASSERT_TRUE(pca.ok()) << pca.status().message();
  EXPECT_EQ(pca->kind, ReductionKind::kPca);
  EXPECT_EQ(pca->in_dim, 3);
  EXPECT_EQ(pca->out_dim, 2);
  EXPECT_EQ(pca->mean, TinyPca().mean);
  EXPECT_EQ(pca->directions, TinyPca().directions);
  const auto int8 = ParseReduction(AsBytes(SerializeReduction(Int8Reduction(1280))));
  ASSERT_TRUE(int8.ok()) << int8.status().message();
  EXPECT_EQ(int8->kind, ReductionKind::kInt8);
  EXPECT_EQ(int8->in_dim, 1280);
  EXPECT_EQ(int8->out_dim, 1280);
}

TEST(ReductionFile, BytesAreThoseOfTheSpecification) {
  EXPECT_EQ(Hex(SerializeReduction(TinyPca())),
            "484c524544550d0a0100000001000000030000000200000000"
            "00003f00000000000080be0000803f000000000000000000000000000000000000"
            "80bf1663bcab");
  EXPECT_EQ(Hex(SerializeReduction(Int8Reduction(1280))),
            "484c524544550d0a01000000020000000005000000050000b7e66f10");
}

TEST(ReductionFile, EveryTruncationAndEveryFlippedBitIsNoticed) {
  for (const Reduction& reduction : {TinyPca(), Int8Reduction(32)}) {
    const std::string file = SerializeReduction(reduction);
    for (size_t size = 0; size < file.size(); ++size) {
      EXPECT_EQ(Parsed(file.substr(0, size)), StatusCode::kCorruption) << size;
      EXPECT_EQ(Parsed(Sealed(file.substr(0, size))),
                size + 4 == file.size() ? StatusCode::kOk : StatusCode::kCorruption)
          << size;
    }
    EXPECT_EQ(Parsed(file + '\0'), StatusCode::kCorruption);
    for (size_t i = 0; i < file.size() * 8; ++i) {
      std::string broken = file;
      broken[i / 8] = static_cast<char>(broken[i / 8] ^ (1 << i % 8));
      const StatusCode code = Parsed(broken);
      const bool version = i / 8 >= 8 && i / 8 < 12;
      EXPECT_TRUE(code == StatusCode::kCorruption || (version && code == StatusCode::kUnsupported))
          << "bit " << i;
    }
  }
}

// Lies that the checksum does not show.
TEST(ReductionFile, SizesAndNumbersAreChecked) {
  const auto changed = [](const Reduction& reduction, size_t offset, uint32_t value) {
    std::string file = SerializeReduction(reduction);
    file.resize(file.size() - 4);
    std::string field;
    PutLittleEndian(&field, value);
    file.replace(offset, field.size(), field);
    return Parsed(Sealed(file));
  };
  EXPECT_EQ(changed(TinyPca(), 8, 2), StatusCode::kUnsupported);
  for (const size_t offset : {12, 16, 20}) {
    for (const uint32_t value : {0u, 4u, uint32_t{kMaxDim} + 1, 0x40000000u, 0xffffffffu}) {
      EXPECT_EQ(changed(TinyPca(), offset, value), StatusCode::kCorruption) << offset;
      EXPECT_EQ(changed(Int8Reduction(32), offset, value), StatusCode::kCorruption) << offset;
    }
  }
  EXPECT_EQ(changed(TinyPca(), 20, 3), StatusCode::kCorruption);  // as many as there were
  EXPECT_EQ(changed(TinyPca(), 12, 2), StatusCode::kCorruption);
  EXPECT_EQ(changed(Int8Reduction(32), 12, 1), StatusCode::kCorruption);
  EXPECT_EQ(changed(TinyPca(), 24, 0x7fc00000), StatusCode::kCorruption);  // the mean: NaN
  EXPECT_EQ(changed(TinyPca(), 40, 0x7f800000), StatusCode::kCorruption);  // a direction: infinity
}

TEST(Reduction, PcaGivesTheSameAloneAndAmongOthersRoundedToHalves) {
  const VectorSource source(ClusteredFeatures(500, 40, 8, 0.3, 5), 40);
  const auto pca = FitPca(source, 12);
  ASSERT_TRUE(pca.ok()) << pca.status().message();
  const auto all = Reduce(*pca, source.values());
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 500u * 12);
  for (size_t row = 0; row < 500; ++row) {
    const auto one = Reduce(*pca, std::span(source.values()).subspan(row * 40, 40));
    ASSERT_TRUE(one.ok());
    for (size_t d = 0; d < 12; ++d) {
      const float value = (*one)[d];
      EXPECT_EQ(value, (*all)[row * 12 + d]);
      EXPECT_EQ(value, FloatFromHalf(HalfFromFloat(value)));
      double expected = 0;
      for (size_t i = 0; i < 40; ++i) {
        expected += double{pca->directions[d * 40 + i]} *
                    (double{source.values()[row * 40 + i]} - pca->mean[i]);
      }
      EXPECT_NEAR(value, expected, 1e-3);
    }
  }
}

// What pca leaves out is what varies least: as many dimensions as features vary in lose nothing.
TEST(Reduction, PcaKeepsWhatVaries) {
  Random random(3);
  std::vector<float> basis(6 * 50);
  for (float& value : basis) value = static_cast<float>(random.Normal());
  std::vector<float> values;
  for (size_t row = 0; row < 300; ++row) {
    std::vector<float> feature(50, 0.05f);
    for (size_t b = 0; b < 6; ++b) {
      const float part = static_cast<float>(random.Normal()) / 50;
      for (size_t i = 0; i < 50; ++i) feature[i] += part * basis[b * 50 + i];
    }
    values.insert(values.end(), feature.begin(), feature.end());
  }
  const VectorSource source(values, 50);
  const auto pca = FitPca(source, 6);
  ASSERT_TRUE(pca.ok());
  const auto reduced = Reduce(*pca, values);
  ASSERT_TRUE(reduced.ok());
  const auto distance = [](const std::vector<float>& rows, size_t dim, size_t a, size_t b) {
    double sum = 0;
    for (size_t i = 0; i < dim; ++i) sum += std::pow(rows[a * dim + i] - rows[b * dim + i], 2);
    return std::sqrt(sum);
  };
  for (size_t row = 1; row < 300; ++row)
    EXPECT_NEAR(distance(*reduced, 6, 0, row), distance(values, 50, 0, row), 2e-3);
}

TEST(Reduction, AReducedHeadGivesTheSameCodes) {
  const VectorSource source(ClusteredFeatures(400, 32, 8, 0.3, 9), 32);
  HeadFitOptions fit;
  fit.bits = 10;
  const auto head = FitHead(source, fit);  // itq: of the 10 largest principal components
  ASSERT_TRUE(head.ok());
  const auto pca = FitPca(source, 16);
  ASSERT_TRUE(pca.ok());
  const HashHead reduced_head = ReduceHead(*head, *pca);
  EXPECT_EQ(reduced_head.dim, 16);
  EXPECT_EQ(reduced_head.method, head->method);
  const auto reduced = Reduce(*pca, source.values());
  ASSERT_TRUE(reduced.ok());
  std::vector<uint8_t> codes(400 * 2), reduced_codes(400 * 2);
  ApplyHead(*head, source.values(), codes);
  ApplyHead(reduced_head, *reduced, reduced_codes);
  int different = 0;
  for (size_t i = 0; i < codes.size(); ++i)
    different += __builtin_popcount(static_cast<unsigned>(codes[i] ^ reduced_codes[i]));
  EXPECT_LE(different, 20);  // of 4000: those beside a threshold
  for (const float value : reduced_head.mean) EXPECT_NEAR(value, 0, 1e-5);
  EXPECT_EQ(SerializeHead(ReduceHead(*head, Int8Reduction(32))), SerializeHead(*head));
}

TEST(Reduction, Int8IsStableAndRefusesWhatIsNotFinite) {
  const std::vector<float> features = ClusteredFeatures(10, 64, 2, 0.3, 1);
  const Reduction int8 = Int8Reduction(64);
  const auto once = Reduce(int8, features);
  ASSERT_TRUE(once.ok());
  const auto twice = Reduce(int8, *once);
  ASSERT_TRUE(twice.ok());
  EXPECT_EQ(*once, *twice);
  for (size_t i = 0; i < features.size(); ++i) EXPECT_NEAR((*once)[i], features[i], 0.01);
  for (const float bad : {std::numeric_limits<float>::infinity(), NAN, 1e9f}) {
    std::vector<float> broken = features;
    broken[70] = bad;
    EXPECT_EQ(Reduce(int8, broken).status().code(), StatusCode::kCorruption);
    const auto pca = FitPca(VectorSource(features, 64), 4);
    EXPECT_EQ(Reduce(*pca, broken).status().code(), StatusCode::kCorruption);
  }
}

TEST(Reduction, WhatIsExpandedIsWhatTheDirectionsReach) {
  // mean (0.5, 0, -0.25); the second number is reached by no direction.
  const std::vector<float> feature = {0.75f, 0.5f, -1.0f};
  const auto reduced = Reduce(TinyPca(), feature);
  ASSERT_TRUE(reduced.ok()) << reduced.status().message();
  EXPECT_EQ(Expand(TinyPca(), *reduced), (std::vector<float>{0.75f, 0, -1.0f}));
  const std::vector<float> stored = *Reduce(Int8Reduction(3), feature);
  EXPECT_EQ(Expand(Int8Reduction(3), stored), stored);
}

TEST(Reduction, PcaSaysWhatItNeeds) {
  const VectorSource source(ClusteredFeatures(20, 32, 2, 0.3, 1), 32);
  for (const int dim : {0, -1, 20, 31, 32, 1000})
    EXPECT_EQ(FitPca(source, dim).status().code(), StatusCode::kInvalidArgument) << dim;
  EXPECT_TRUE(FitPca(source, 19).ok());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(FitPca(source, 4, stop.get_token()).status().code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace hashlens
