#include "source/datum.h"

#include <gtest/gtest.h>

#include <limits>

#include "source/datum_record.h"
#include "source/raw_picture.h"
#include "source/test_damage.h"

namespace hashlens {
namespace {

using namespace std::string_literals;

// As protobuf's own encoder writes channels 3, height 1, width 2, six bytes, label 7.
const std::string kColour = "\x08\x03\x10\x01\x18\x02\x22\x06"s + "ABCDEF" + "\x28\x07"s;

TEST(DatumTest, ReadsTheBytesOfProtobuf) {
  const auto datum = ParseDatum(kColour);
  ASSERT_TRUE(datum.ok());
  EXPECT_EQ(datum->channels, 3);
  EXPECT_EQ(datum->height, 1);
  EXPECT_EQ(datum->width, 2);
  EXPECT_EQ(datum->data, "ABCDEF");
  EXPECT_EQ(datum->label, 7);
  EXPECT_FALSE(datum->encoded);
  EXPECT_EQ(EncodeDatum(*datum), kColour);
}

TEST(DatumTest, ReadsNegativeLabelsAndFloatsPackedOrNot) {
  // label -1 in ten bytes; float_data 1.5, then -2 and 0.25 packed; a field of the future.
  const auto datum =
      ParseDatum("\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s + "\x35\x00\x00\xc0\x3f"s +
                 "\x32\x08\x00\x00\x00\xc0\x00\x00\x80\x3e"s + "\x7a\x02xy"s);
  ASSERT_TRUE(datum.ok());
  EXPECT_EQ(datum->label, -1);
  EXPECT_EQ(datum->float_data, (std::vector<float>{1.5F, -2, 0.25F}));
  const std::string again = EncodeDatum(*datum);
  EXPECT_EQ(ParseDatum(again)->float_data, datum->float_data);
  EXPECT_EQ(ParseDatum(again)->label, -1);
}

TEST(DatumTest, RefusesWhatIsNone) {
  for (const std::string& bytes :
       {"\x22\x7f"s, "\x22\xff\xff\xff\xff\xff\xff\xff\xff\x7f"s, "\x08"s, "\x08\xff"s, "\x00\x01"s,
        "\x0b"s, "\x35\x00"s, "\x32\x03"s + "abc", "\x22"s, "\x20\x01"s, "\x0a\x01x"s,
        "\xff\xd8\xff\xe0 a JPEG"s}) {
    const auto datum = ParseDatum(bytes);
    EXPECT_EQ(datum.status().code(), StatusCode::kCorruption) << testing::PrintToString(bytes);
  }
  EXPECT_TRUE(ParseDatum("").ok());
}

TEST(DatumTest, BytesAtRandomNeverCrash) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    const std::string bytes = Damaged(kColour, seed);
    const Record record = RecordOfDatum("k", bytes, {});
    EXPECT_EQ(record.problem.ok(), !record.picture.empty() || !record.feature.empty());
  }
}

TEST(DatumRecordTest, BlueComesFirstInRawPixels) {
  const Record record = RecordOfDatum("k", kColour, {});
  EXPECT_TRUE(record.problem.ok());
  EXPECT_EQ(record.picture, "P6\n2 1\n255\nECAFDB");
  EXPECT_EQ(record.label, 7);
  DataOptions rgb;
  rgb.rgb = true;
  EXPECT_EQ(RecordOfDatum("k", kColour, rgb).picture, "P6\n2 1\n255\nACEBDF");
}

Record Made(int channels, int height, int width, std::string_view data,
            std::vector<float> floats = {}, bool encoded = false) {
  Datum datum{channels, height, width, data, 1, std::move(floats), encoded};
  return RecordOfDatum("k", EncodeDatum(datum), {});
}

TEST(DatumRecordTest, GreyEncodedAndFloats) {
  EXPECT_EQ(Made(1, 2, 1, "ab").picture, "P5\n1 2\n255\nab");
  EXPECT_EQ(Made(0, 0, 0, "any bytes", {}, true).picture, "any bytes");
  EXPECT_EQ(Made(2, 1, 1, "", {0.5F, -3}).feature, (std::vector<float>{0.5F, -3}));
  EXPECT_EQ(Made(0, 0, 0, "", {0.5F}).feature, (std::vector<float>{0.5F}));
  EXPECT_EQ(Made(1, 1, 2, "", {65.4F, 66}).picture, "P5\n2 1\n255\nAB");
  EXPECT_EQ(Made(1, 1, 2, "", {0, 1}).picture, "P5\n2 1\n255\n\0\xff"s);
}

TEST(DatumRecordTest, WhatIsWrongIsSaidAndTheLabelIsThere) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const int huge = std::numeric_limits<int>::max();
  for (const auto& [record, why] : {
           std::pair{Made(3, 1, 2, "ABCDE"), "data has 5 values in the place of 6"},
           {Made(2, 1, 2, "ABCD"), "1 or 3 channels"},
           {Made(1, 0, 2, "AB"), "no picture"},
           {Made(1, -1, 2, "AB"), "no picture"},
           {Made(3, huge, huge, "AB"), "over the limit"},
           {Made(3, 2, 1, "", {}, true), "without bytes"},
           {Made(3, 2, 1, ""), "without data"},
           {Made(3, 1, 1, "", {1, 2}), "float_data has 2 values in the place of 3"},
           {Made(2, 1, 1, "", {1, nan}), "not finite"},
           {Made(1, 1, 2, "", {1, nan}), "not all of 0 to 255"},
           {Made(1, 1, 2, "", {-1, 2}), "not all of 0 to 255"},
       }) {
    EXPECT_FALSE(record.problem.ok()) << why;
    EXPECT_NE(record.problem.message().find(why), std::string::npos) << record.problem.message();
    EXPECT_EQ(record.label, 1);
    EXPECT_TRUE(record.picture.empty());
  }
}

}  // namespace
}  // namespace hashlens
