// Made-up libraries that are like another one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "hashlens/bench.h"
#include "hashlens/library.h"
#include "library/code_neighbours.h"
#include "library/like_features.h"
#include "library/test_library.h"
#include "library/turned_space.h"

namespace hashlens {
namespace {

double Distance(std::span<const float> a, std::span<const float> b) {
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) squares += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return std::sqrt(squares);
}

std::vector<float> RandomFeature(size_t dim, std::mt19937_64* random) {
  std::vector<float> feature(dim);
  for (float& value : feature) value = static_cast<float>((*random)() % 2001) / 1000.0F - 1;
  return feature;
}

TEST(TurnedSpaceTest, MoreDimensionsKeepDistancesAndFewerNearlyDo) {
  std::mt19937_64 random(1);
  const auto a = RandomFeature(96, &random);
  const auto b = RandomFeature(96, &random);
  for (const size_t to : {96, 97, 128, 200, 512}) {
    const TurnedSpace space(96, to, 5);
    std::vector<float> x(to), y(to);
    space.Apply(a, x);
    space.Apply(b, y);
    EXPECT_NEAR(Distance(x, y), Distance(a, b), 1e-4) << to;
    // No number is left out.
    EXPECT_GT(std::ranges::count_if(x, [](float value) { return value != 0; }),
              static_cast<ptrdiff_t>(to) * 9 / 10);
    const std::vector<float> matrix = space.Matrix();
    for (size_t row = 0; row < to; ++row) {
      const double product = std::inner_product(
          a.begin(), a.end(), matrix.begin() + static_cast<ptrdiff_t>(row * 96), 0.0);
      EXPECT_NEAR(product, x[row], 1e-4);
    }
  }
  const TurnedSpace fewer(96, 64, 5);
  std::vector<float> x(64), y(64);
  fewer.Apply(a, x);
  fewer.Apply(b, y);
  EXPECT_NEAR(Distance(x, y) / Distance(a, b), 1, 0.3);
}

TEST(CodeNeighboursTest, AreThoseOfComparingAllPairs) {
  const std::vector<uint8_t> codes = {0x00, 0x0f, 0x01, 0xff, 0x00, 0x0f, 0x01, 0x0f};
  // Of two bytes each: 00 0f, 01 ff, 00 0f, 01 0f.
  const NeighbourDistances nearest = NearestCodes(codes, 16, 100);
  EXPECT_EQ(nearest.images, 4U);
  EXPECT_EQ(nearest.sampled, 4U);
  std::vector<uint64_t> counts(17);
  counts[0] = 2;
  counts[1] = 1;
  counts[4] = 1;
  EXPECT_EQ(nearest.counts, counts);
  EXPECT_DOUBLE_EQ(nearest.mean, 1.25);
  EXPECT_EQ(nearest.p50, 0);
  EXPECT_EQ(nearest.p90, 4);
}

class BenchLikeTest : public LibraryTest {
 protected:
  static constexpr uint64_t kReal = 400;

  void SetUp() override {
    LibraryTest::SetUp();
    std::mt19937_64 random(9);
    std::vector<std::vector<float>> centres;
    for (int i = 0; i < 20; ++i) centres.push_back(RandomFeature(kTestDim, &random));
    AddOptions add;
    uint64_t made = 0;
    add.next = [&]() -> Result<std::optional<GivenPicture>> {
      if (made == kReal) return std::optional<GivenPicture>();
      GivenPicture given{std::to_string(made++), {}, centres[random() % centres.size()], {}};
      const auto step = RandomFeature(kTestDim, &random);
      for (size_t i = 0; i < step.size(); ++i) given.feature[i] += 0.6F * step[i];
      return std::optional(std::move(given));
    };
    ASSERT_TRUE(Writer()->Add(add).ok());
  }
  LikeLibraryOptions Options() const {
    LikeLibraryOptions options;
    options.like = library();
    options.rows = 1500;
    return options;
  }
  Path Made() const { return folder() / "made.hashlens"; }
};

TEST_F(BenchLikeTest, IsALibraryWhoseCodesLieAsThoseOfTheOther) {
  for (const int dim : {0, 48, 24}) {
    LikeLibraryOptions options = Options();
    options.dim = dim;
    options.bits = 24;
    const auto report = MakeLibraryLike(Made(), options);
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_EQ(report->dim, dim == 0 ? kTestDim : dim);
    EXPECT_EQ(report->like.images, kReal);
    EXPECT_EQ(report->as_many.images, kReal);
    EXPECT_EQ(report->made.images, 1500U);
    EXPECT_GT(report->like.mean, 0);
    EXPECT_NEAR(report->as_many.mean, report->like.mean, 0.5 * report->like.mean + 0.5) << dim;
    EXPECT_LT(report->made.mean, report->as_many.mean + 0.25);
    const auto read = Library::Open(Made(), open());
    ASSERT_TRUE(read.ok()) << read.status().message();
    const auto info = read->Info();
    ASSERT_TRUE(info.ok());
    EXPECT_EQ(info->images, 1500U);
    EXPECT_EQ(info->bits, 24);
    // The network has the same map at its end: pictures can be searched.
    WritePicture(folder() / "query.ppm", 1);
    const Query query{folder() / "query.ppm"};
    const auto results = read->Search({&query, 1}, SearchOptions());
    ASSERT_TRUE(results.ok()) << results.status().message();
    ASSERT_TRUE((*results)[0].ok()) << (*results)[0].status().message();
    EXPECT_EQ((*results)[0]->hits.size(), 10U);
    std::filesystem::remove_all(Made());
    EXPECT_FALSE(std::filesystem::exists(folder() / "made.hashlens.model"));
  }
}

TEST_F(BenchLikeTest, TheSameOptionsGiveTheSameFeatures) {
  const auto codes = [&](uint64_t seed) {
    LikeLibraryOptions options = Options();
    options.rows = 200;
    options.seed = seed;
    EXPECT_TRUE(MakeLibraryLike(Made(), options).ok());
    const auto read = Library::Open(Made(), open());
    std::vector<std::vector<uint8_t>> all;
    for (uint64_t id = 1; id <= 200; ++id) all.push_back(read->CodeOf(id)->bytes);
    std::filesystem::remove_all(Made());
    return all;
  };
  const auto first = codes(1);
  EXPECT_EQ(codes(1), first);
  EXPECT_NE(codes(2), first);
}

TEST_F(BenchLikeTest, WhatDoesNotFitIsRefusedBeforeAnythingIsMade) {
  const auto code = [&](auto change) {
    LikeLibraryOptions options = Options();
    change(&options);
    return MakeLibraryLike(Made(), options).status().code();
  };
  EXPECT_EQ(code([](LikeLibraryOptions* o) { o->dim = 7; }), StatusCode::kInvalidArgument);
  EXPECT_EQ(code([](LikeLibraryOptions* o) { o->bits = 64; }), StatusCode::kInvalidArgument);
  EXPECT_EQ(code([](LikeLibraryOptions* o) { o->rows = 3; }), StatusCode::kInvalidArgument);
  EXPECT_EQ(code([&](LikeLibraryOptions* o) { o->like = folder() / "none"; }),
            StatusCode::kNotFound);
  EXPECT_EQ(code([](LikeLibraryOptions* o) { o->rows = uint64_t{1} << 50; }), StatusCode::kIoError);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(code([&](LikeLibraryOptions* o) { o->stop = stop.get_token(); }),
            StatusCode::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(Made()));
  std::filesystem::create_directory(Made());
  EXPECT_EQ(code([](LikeLibraryOptions*) {}), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hashlens
