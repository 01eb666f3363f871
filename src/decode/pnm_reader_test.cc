#include "decode/pnm_reader.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "decode/test_samples.h"

namespace hashlens {
namespace {

using std::string_literals::operator""s;

constexpr uint64_t kMostPixels = 1'000'000;

Result<Raster> Read(const std::string& file) { return ReadPnm(AsBytes(file), kMostPixels); }

TEST(PnmReader, ReadsEveryPlainAndPackedKind) {
  EXPECT_EQ(Samples(Read("P1\n3 1\n1 0 1\n")), "0 255 0");
  EXPECT_EQ(Samples(Read("P2\n3 1\n255\n0 7 255\n")), "0 7 255");
  EXPECT_EQ(Samples(Read("P3\n1 1\n255\n1 2 3\n")), "1 2 3");
  EXPECT_EQ(Samples(Read("P4\n10 1\n\xa0\x40"s)), "0 255 0 255 255 255 255 255 255 0");
  EXPECT_EQ(Samples(Read("P5\n2 1\n255\n\x05\xff"s)), "5 255");
  EXPECT_EQ(Samples(Read("P6\n1 2\n255\nabcdef")), "97 98 99 100 101 102");
}

TEST(PnmReader, TakesCommentsWhereverTheyMayStand) {
  const auto several = Read("P6\n# one\n# two\n1# three\n2\n255\nabcdef");
  EXPECT_EQ(Samples(several), "97 98 99 100 101 102");
  EXPECT_EQ(several->height, 2);
  EXPECT_EQ(Samples(Read("P1 2 2 01 # in the pixels 11\n10")), "255 0 0 255");
}

TEST(PnmReader, DigitsOfBitmapsNeedNothingBetweenThem) {
  EXPECT_EQ(Samples(Read("P1\n4 2\n0110\n1001")), "255 0 0 255 0 255 255 0");
}

TEST(PnmReader, SamplesArePartsOfTheirMaximum) {
  EXPECT_EQ(Samples(Read("P2 3 1 7 0 7 3")), "0 255 109");
  EXPECT_EQ(Samples(Read("P5 2 1 1000 \x03\xe8\x01\xf4"s)), "65535 32768");
  EXPECT_EQ(Samples(Read("P5 1 1 15 \x1f"s)), "255") << "above the maximum";
}

TEST(PnmReader, ReadsArbitraryMaps) {
  const auto alpha = Read(
      "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\n# said so\nTUPLTYPE RGB_ALPHA\nENDHDR\nabcd");
  EXPECT_EQ(Samples(alpha), "97 98 99 100");
  EXPECT_EQ(alpha->alpha, RasterAlpha::kStraight);
  const auto bits =
      Read("P7\nWIDTH 2\nHEIGHT 1\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n\x01\x00"s);
  EXPECT_EQ(Samples(bits), "255 0") << "1 is white, other than in PBM";
  EXPECT_EQ(Read("P7\nWIDTH 1\nHEIGHT 1\nDEPTH 5\nMAXVAL 255\nENDHDR\nabcde").status().code(),
            StatusCode::kUnsupported);
  EXPECT_EQ(Read("P7\nWIDTH 1\nHEIGHT 1\n").status().code(), StatusCode::kCorruption);
}

TEST(PnmReader, FloatsComeFromBottomToTopInEitherOrder) {
  const float half = 0.5F, one = 1.0F;
  std::string little = "Pf\n1 2\n-1.0\n", big = "Pf\n1 2\n1.0\n";
  for (const float value : {half, one}) {
    char bytes[4];
    std::memcpy(bytes, &value, 4);
    little.append(bytes, 4);
    big.append({bytes[3], bytes[2], bytes[1], bytes[0]});
  }
  for (const std::string& file : {little, big}) {
    const auto raster = Read(file);
    ASSERT_TRUE(raster.ok()) << raster.status().message();
    float top = 0;
    std::memcpy(&top, raster->samples.data(), 4);
    EXPECT_EQ(top, one);
  }
}

TEST(PnmReader, OneThatEndsEarlyIsDamagedFromThere) {
  const auto raster = Read("P5\n2 4\n255\nabcdefg");
  ASSERT_TRUE(raster.ok());
  EXPECT_EQ(raster->whole_rows, 3);
  EXPECT_FALSE(raster->damage.empty());
  EXPECT_EQ(Read("P2\n2 4\n255\n1 2 3 4 5")->whole_rows, 2);
}

TEST(PnmReader, RefusesBeforeMemoryIsTaken) {
  EXPECT_EQ(Read("P5\n900 900\n255\n").status().code(), StatusCode::kCorruption);
  EXPECT_EQ(Read("P5\n2000 2000\n255\n").status().code(), StatusCode::kInvalidArgument);
  for (const char* file :
       {"P5", "P5\n", "P5\n1", "P5\n0 1\n255\na", "P5\n1 1\n0\na", "P5\n1 1\n65536\naa",
        "P5\n-1 1\n255\na", "P5\n1 1x\n255\na", "P5\n99999999999 1\n255\na"})
    EXPECT_FALSE(Read(file).ok()) << file;
}

}  // namespace
}  // namespace hashlens
