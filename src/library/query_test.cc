// Queries of several examples and of parts of pictures; images, their codes and the codes' bits.
#include <algorithm>
#include <bit>
#include <cmath>

#include "library/query_region.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

class QueryTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    for (uint64_t i = 1; i <= 30; ++i) {
      const std::string number = (i < 10 ? "0" : "") + std::to_string(i);
      WritePicture(pictures() / (number + ".ppm"), i);
    }
    Index();
  }

  Status Fails(const Query& query) const {
    const auto results = Read().Search(std::span(&query, 1), {});
    return results.ok() ? (*results)[0].status() : results.status();
  }
};

bool Same(const std::vector<Hit>& a, const std::vector<Hit>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].id != b[i].id || std::abs(*a[i].distance - *b[i].distance) > 1e-4F) return false;
  }
  return true;
}

TEST_F(QueryTest, OneExampleIsThatImage) {
  EXPECT_TRUE(Same(Search({.file = {}, .like = {7}}), Search({.file = {}, .id = 7})));
  // The same image wanted twice, or with itself, is still that image.
  EXPECT_TRUE(Same(Search({.file = {}, .like = {7, 7}}), Search({.file = {}, .id = 7})));
  EXPECT_TRUE(Same(Search({.file = {}, .id = 7, .like = {7}}), Search({.file = {}, .id = 7})));
}

TEST_F(QueryTest, HalfOfAnUnwantedImageIsTakenAway) {
  // About the mean, 1 - 0.5 of the same image is the same direction.
  const Query query{.file = {}, .id = 7, .unlike = {7}};
  EXPECT_TRUE(Same(Search(query), Search({.file = {}, .id = 7})));
  const auto distance = [&](const Query& asked, uint64_t id) {
    SearchOptions all;
    all.k = 30;
    for (const Hit& hit : Search(asked, all)) {
      if (hit.id == id) return *hit.distance;
    }
    return 9.0F;
  };
  EXPECT_GT(distance({.file = {}, .id = 7, .unlike = {9}}, 9), distance({.file = {}, .id = 7}, 9));
  EXPECT_LT(distance({.file = {}, .id = 7, .like = {9}}, 9), distance({.file = {}, .id = 7}, 9));
}

TEST_F(QueryTest, WhatMakesNoSenseIsSaid) {
  EXPECT_EQ(Fails({}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Fails({.file = {}, .unlike = {1}}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Fails({.file = {}, .like = {99}}).code(), StatusCode::kNotFound);
  EXPECT_EQ(Fails({.file = {}, .id = 1, .region = Region{0.5, 0, 0.6, 1}}).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(Fails({.file = {}, .id = 99, .region = Region{}}).code(), StatusCode::kNotFound);
}

TEST_F(QueryTest, APartOfAPictureIsThatPart) {
  // A picture whose right half is picture 5.
  const std::string small = ReadWhole(pictures() / "05.ppm");
  std::string wide = "P6\n32 16\n255\n";
  for (size_t y = 0; y < 16; ++y)
    wide += std::string(48, '\x40') + small.substr(small.size() - 768 + y * 48, 48);
  WriteWhole(folder() / "wide.ppm", wide);
  const Query right{.file = folder() / "wide.ppm", .region = Region{0.5, 0, 0.5, 1}};
  const std::vector<Hit> hits = Search(right);
  EXPECT_EQ(hits[0].path, pictures() / "05.ppm");
  EXPECT_LT(*hits[0].distance, 1e-3F);
  Query bytes = right;
  bytes.bytes = wide;
  EXPECT_TRUE(Same(Search(bytes), hits));
  // The whole of an image's file is that image.
  EXPECT_TRUE(
      Same(Search({.file = {}, .id = 5, .region = Region{}}), Search({.file = {}, .id = 5})));
}

TEST_F(QueryTest, ImagesComePageByPage) {
  const Library read = Read();
  std::vector<uint64_t> ids;
  for (uint64_t after = 0;;) {
    const auto page = read.Images({}, after, 7);
    ASSERT_TRUE(page.ok());
    for (const ImageInfo& image : *page) ids.push_back(image.id);
    if (page->size() < 7) break;
    after = page->back().id;
  }
  ASSERT_EQ(ids.size(), 30U);
  EXPECT_TRUE(std::ranges::is_sorted(ids));
  const auto image = read.Image(3);
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->width, 16);
  EXPECT_EQ(image->path, *read.PathOf(3));
  EXPECT_EQ(read.Image(99).status().code(), StatusCode::kNotFound);
  Filter nowhere;
  nowhere.tags = {{"no", "such"}};
  EXPECT_TRUE(read.Images(nowhere, 0, 7)->empty());
  EXPECT_EQ(read.Brief()->images, 30U);
}

TEST_F(QueryTest, CodesAndBitsAgreeWithSearch) {
  const Library read = Read();
  const auto first = read.CodeOf(1);
  ASSERT_TRUE(first.ok());
  SearchOptions all;
  all.k = 30;
  all.rerank = false;
  for (const Hit& hit : Search({.file = {}, .id = 1}, all)) {
    const auto other = read.CodeOf(hit.id);
    ASSERT_TRUE(other.ok());
    uint32_t differ = 0;
    for (size_t i = 0; i < first->bytes.size(); ++i)
      differ += static_cast<uint32_t>(
          std::popcount(static_cast<uint8_t>(first->bytes[i] ^ other->bytes[i])));
    EXPECT_EQ(differ, hit.hamming);
  }
  for (int bit = 0; bit < kBits; ++bit) {
    const auto info = read.Bit(bit, 30);
    ASSERT_TRUE(info.ok());
    ASSERT_EQ(info->sampled, 30U);
    double ones = 0;
    for (const BitExample& example : info->most) {
      const auto code = read.CodeOf(example.id);
      const bool one = (code->bytes[static_cast<size_t>(bit) / 8] >> (bit % 8)) & 1;
      ones += one ? 1 : 0;
      if (std::abs(example.activation) > 1e-5F) {
        EXPECT_EQ(one, example.activation >= 0);
      }
    }
    EXPECT_DOUBLE_EQ(info->share, ones / 30);
    EXPECT_EQ(info->most.front().id, info->least.back().id);
  }
  EXPECT_EQ(read.Bit(kBits, 3).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(read.CodeOf(99).status().code(), StatusCode::kNotFound);
}

TEST(CropTo, TakesThePixelsThatTheRegionTouches) {
  Image image{4, 2, {}};
  for (int i = 0; i < 8; ++i) image.rgb.insert(image.rgb.end(), 3, static_cast<uint8_t>(i));
  EXPECT_EQ(CropTo(image, {}).rgb, image.rgb);
  const Image right = CropTo(image, {0.5, 0, 0.5, 1});
  EXPECT_EQ(right.width, 2);
  EXPECT_EQ(right.rgb, (std::vector<uint8_t>{2, 2, 2, 3, 3, 3, 6, 6, 6, 7, 7, 7}));
  const Image tiny = CropTo(image, {0.99, 0.99, 1e-9, 1e-9});
  EXPECT_EQ(tiny.rgb, (std::vector<uint8_t>{7, 7, 7}));
  EXPECT_FALSE(CheckRegion({0, 0, std::nan(""), 1}).ok());
}

}  // namespace
}  // namespace hashlens
