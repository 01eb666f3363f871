#include "hashlens/memory_index.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace hashlens {
namespace {

struct Data {
  std::vector<uint8_t> codes;
  std::vector<float> features;
};

Data RandomData(size_t rows, size_t code_bytes, size_t dim, std::mt19937* random) {
  Data data;
  std::normal_distribution<float> normal;
  for (size_t i = 0; i < rows * code_bytes; ++i)
    data.codes.push_back(static_cast<uint8_t>((*random)()));
  for (size_t i = 0; i < rows * dim; ++i) data.features.push_back(normal(*random));
  return data;
}

TEST(MemoryIndex, OrdersTheNearestCodesByTheirFeatures) {
  std::mt19937 random(1);
  const size_t rows = 500;
  const size_t dim = 24;
  const Data data = RandomData(rows, 4, dim, &random);
  auto index = MemoryIndex::Create(32, dim);
  ASSERT_TRUE(index.ok());
  ASSERT_TRUE(index->Add(data.codes, data.features).ok());
  ASSERT_TRUE(index->Prepare().ok());
  // Row 17 as the query: all rows are candidates, so the order is that of the features.
  const std::span code(&data.codes[17 * 4], 4);
  const std::span feature(&data.features[17 * dim], dim);
  const auto hits = index->Search(code, feature, {.k = rows});
  ASSERT_TRUE(hits.ok());
  ASSERT_EQ(hits->front().size(), rows);
  EXPECT_EQ(hits->front()[0].row, 17u);
  EXPECT_EQ(hits->front()[0].hamming, 0u);
  EXPECT_NEAR(*hits->front()[0].distance, 0, 1e-6);
  const auto cosine = [&](size_t a, size_t b) {
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < dim; ++i) {
      ab += data.features[a * dim + i] * data.features[b * dim + i];
      aa += data.features[a * dim + i] * data.features[a * dim + i];
      bb += data.features[b * dim + i] * data.features[b * dim + i];
    }
    return ab / std::sqrt(aa * bb);
  };
  for (const MemoryHit& hit : hits->front()) {
    EXPECT_NEAR(*hit.distance, std::sqrt(std::max(0.0, 2 - 2 * cosine(17, hit.row))), 2e-3);
  }
  for (size_t i = 1; i < rows; ++i)
    EXPECT_LE(*hits->front()[i - 1].distance, *hits->front()[i].distance);
}

TEST(MemoryIndex, WithoutFeaturesHitsAreInOrderOfCode) {
  std::mt19937 random(2);
  const Data data = RandomData(300, 16, 0, &random);
  auto index = MemoryIndex::Create(128, 0);
  ASSERT_TRUE(index.ok());
  ASSERT_TRUE(index->Add(data.codes, {}).ok());
  const auto hits = index->Search({data.codes.data(), 32}, {}, {.k = 5});
  ASSERT_TRUE(hits.ok());
  ASSERT_EQ(hits->size(), 2u);
  for (size_t q = 0; q < 2; ++q) {
    EXPECT_EQ((*hits)[q][0], (MemoryHit{q, 0, std::nullopt}));
    for (size_t i = 1; i < 5; ++i) EXPECT_LE((*hits)[q][i - 1].hamming, (*hits)[q][i].hamming);
  }
  const auto near = index->Search({data.codes.data(), 16}, {}, {.k = 300, .radius = 30});
  ASSERT_TRUE(near.ok());
  for (const MemoryHit& hit : near->front()) EXPECT_LE(hit.hamming, 30u);
}

TEST(MemoryIndex, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(MemoryIndex::Create(7, 4).ok());
  EXPECT_FALSE(MemoryIndex::Create(513, 4).ok());
  EXPECT_FALSE(MemoryIndex::Create(16, 1 << 20).ok());
  EXPECT_FALSE(MemoryIndex::Create(16, 4, {1, 2, 3}).ok());
  auto index = MemoryIndex::Create(16, 2);
  ASSERT_TRUE(index.ok());
  const std::vector<uint8_t> codes = {1, 2, 3, 4};
  EXPECT_FALSE(index->Add({codes.data(), 3}, std::vector<float>{1, 2}).ok());
  EXPECT_FALSE(index->Add(codes, std::vector<float>{1, 2, 3}).ok());
  EXPECT_FALSE(index->Add(codes, {}).ok());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(index->Add(codes, std::vector<float>{1, 2, 3, nan}).ok());
  EXPECT_EQ(index->rows(), 0u);
  EXPECT_TRUE(index->Search(codes, {}, {})->front().empty());
  ASSERT_TRUE(index->Add(codes, std::vector<float>{1, 2, 3, 4}).ok());
  EXPECT_FALSE(index->Search(codes, std::vector<float>{1}, {}).ok());
  EXPECT_FALSE(index->Search(codes, {}, {.k = 0}).ok());
  const Bitmap other(7);
  EXPECT_FALSE(index->Search(codes, {}, {.allowed = &other}).ok());
}

}  // namespace
}  // namespace hashlens
