#include "decode/bmp_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decode/ico_reader.h"
#include "decode/test_samples.h"

namespace hashlens {
namespace {

using std::string_literals::operator""s;

constexpr uint64_t kMostPixels = 1'000'000;

template <typename... Numbers>
std::string Words(Numbers... numbers) {
  std::string bytes;
  (PutLittleEndian<uint32_t>(&bytes, static_cast<uint32_t>(numbers)), ...);
  return bytes;
}
template <typename... Numbers>
std::string Shorts(Numbers... numbers) {
  std::string bytes;
  (PutLittleEndian<uint16_t>(&bytes, static_cast<uint16_t>(numbers)), ...);
  return bytes;
}

// A header of 40 bytes or more, filled up with zeros.
std::string Header(uint32_t bytes, int width, int height, int bits, uint32_t compression = 0,
                   uint32_t colours = 0) {
  std::string header =
      Words(bytes, width, height) + Shorts(1, bits) + Words(compression, 0, 0, 0, colours, 0);
  header.resize(bytes, '\0');
  return header;
}

std::string File(const std::string& header, const std::string& palette, const std::string& pixels) {
  return "BM" +
         Words(14 + header.size() + palette.size() + pixels.size(), 0,
               14 + header.size() + palette.size()) +
         header + palette + pixels;
}

std::string Read(const std::string& file) { return Samples(ReadBmp(AsBytes(file), kMostPixels)); }

const std::string kTwoColours = "\x01\x02\x03\0\x11\x12\x13\0"s;  // blue, green, red

TEST(BmpReader, ReadsEveryHeaderFromBottomToTop) {
  const std::string rows = "\x80\0\0\0"s + "\x40\0\0\0"s;  // bottom: 1 0, top: 0 1
  const std::string expected = "3 2 1 19 18 17 19 18 17 3 2 1";
  for (const uint32_t bytes : {40U, 52U, 56U, 64U, 108U, 124U})
    EXPECT_EQ(Read(File(Header(bytes, 2, 2, 1, 0, 2), kTwoColours, rows)), expected) << bytes;
  const std::string oldest = Words(12) + Shorts(2, 2, 1, 1);
  EXPECT_EQ(Read(File(oldest, "\x01\x02\x03\x11\x12\x13"s, rows)), expected);
  const std::string shortest = Words(16, 2, 2) + Shorts(1, 1);
  EXPECT_EQ(Read(File(shortest, kTwoColours, rows)), expected);
  EXPECT_EQ(Read(File(Header(40, 2, -2, 1, 0, 2), kTwoColours, rows)),
            "19 18 17 3 2 1 3 2 1 19 18 17");
}

TEST(BmpReader, TakesTheFirstOfAnArrayOfOs2) {
  const std::string bitmap = Words(12) + Shorts(2, 1, 1, 1);
  const std::string file = "BA" + Words(40, 0, 0) + "BM" + Words(26, 0, 28 + 12 + 6) + bitmap +
                           "\x01\x02\x03\x11\x12\x13"s + "\x40\0\0\0"s;
  EXPECT_EQ(Read(file), "3 2 1 19 18 17");
  for (size_t bytes = 0; bytes < 28; ++bytes)
    EXPECT_FALSE(ReadBmp(AsBytes(file.substr(0, bytes)), kMostPixels).ok()) << bytes;
}

TEST(BmpReader, TheFourthByteIsAlphaOnlyWhereAMaskSaysSo) {
  const std::string pixels = "\x01\x02\x03\x7f"s;
  EXPECT_EQ(Read(File(Header(40, 1, 1, 32), "", pixels)), "3 2 1");
  std::string masked = Header(56, 1, 1, 32, 3);
  masked.replace(40, 16, Words(0xff0000, 0xff00, 0xff, 0xff000000));
  EXPECT_EQ(Read(File(masked, "", pixels)), "3 2 1 127");
  EXPECT_EQ(Read(File(masked, "", "\x01\x02\x03\0"s)), "3 2 1")
      << "an alpha channel that is zero everywhere";
}

TEST(BmpReader, MasksOfAnyWidth) {
  EXPECT_EQ(Read(File(Header(40, 1, 1, 16), "", "\x1f\x7c\0\0"s)), "255 0 255");
  const std::string masks = Words(0xf800, 0x7e0, 0x1f);
  EXPECT_EQ(Read(File(Header(40, 1, 1, 16, 3), masks, "\xe0\x07\0\0"s)), "0 255 0");
  EXPECT_EQ(Read(File(Header(40, 1, 1, 32, 3), Words(0x3ff00000, 0xffc00, 0x3ff),
                      Words(0x3ff00000 | 0x80000 | 0x200))),
            "255 128 128");
}

TEST(BmpReader, UnpacksRuns) {
  const std::string eight =
      "\x02\x01\0\0"s      // two of colour 1, end of line
      "\0\x03\0\x01\0\0"s  // three as they are, filled up
      "\0\1"s;
  EXPECT_EQ(Read(File(Header(40, 3, 2, 8, 1, 2), kTwoColours, eight)),
            "3 2 1 19 18 17 3 2 1 19 18 17 19 18 17 3 2 1");
  const std::string four = "\x03\x10\0\0\0\x03\x01\0\0\1"s;  // 1 0 1, end of line; 0 1 0
  EXPECT_EQ(Read(File(Header(40, 3, 2, 4, 2, 2), kTwoColours, four)),
            "3 2 1 19 18 17 3 2 1 19 18 17 3 2 1 19 18 17");
  const std::string thick = "\x02\x01\x02\x03\0\1"s;
  EXPECT_EQ(Read(File(Header(64, 2, 1, 24, 4), "", thick)), "3 2 1 3 2 1");
}

TEST(BmpReader, OneThatEndsEarlyLacksItsTop) {
  const auto upwards = ReadBmp(AsBytes(File(Header(40, 1, 3, 24), "", Words(1, 2))), kMostPixels);
  ASSERT_TRUE(upwards.ok());
  EXPECT_EQ(upwards->whole_rows, 0);
  const auto down = ReadBmp(AsBytes(File(Header(40, 1, -3, 24), "", Words(1, 2))), kMostPixels);
  ASSERT_TRUE(down.ok());
  EXPECT_EQ(down->whole_rows, 2);
}

TEST(BmpReader, RefusesWhatMakesNoSense) {
  for (const std::string& file :
       {std::string("BM"), File(Header(40, 0, 1, 24), "", Words(1)),
        File(Header(40, -1, 1, 24), "", Words(1)), File(Header(40, 1, 1, 5), "", Words(1)),
        File(Header(40, 1, INT32_MIN, 24), "", Words(1)),
        File(Header(40, 1, 1, 8, 4), "", Words(1)),
        File(Header(40, 30'000, 30'000, 24), "", Words(1))})
    EXPECT_FALSE(ReadBmp(AsBytes(file), kMostPixels).ok()) << file.size();
}

std::string IconOf(const std::vector<std::string>& pictures, const std::vector<char>& sides) {
  std::string icon = Shorts(0, 1, pictures.size());
  size_t at = 6 + 16 * pictures.size();
  for (size_t i = 0; i < pictures.size(); ++i) {
    icon += std::string{sides[i], sides[i], 0, 0} + Shorts(1, 32) + Words(pictures[i].size(), at);
    at += pictures[i].size();
  }
  for (const std::string& picture : pictures) icon += picture;
  return icon;
}

TEST(IcoReader, TakesTheLargestAndItsMask) {
  const std::string small = Header(40, 1, 2, 32) + "\x09\x09\x09\xff"s + Words(0);
  const std::string large = Header(40, 2, 4, 24) + "\1\2\3\4\5\6\0\0"s + "\7\x08\x09\1\1\1\0\0"s +
                            "\x40\0\0\0"s + "\x80\0\0\0"s;
  const std::string icon = IconOf({small, large}, {1, 2});
  const auto largest = LargestOfIcon(AsBytes(icon));
  ASSERT_TRUE(largest.ok()) << largest.status().message();
  EXPECT_EQ(Samples(ReadIconBitmap(largest->bytes, kMostPixels)),
            "9 8 7 0 1 1 1 255 3 2 1 255 6 5 4 0");
  const auto only = IconOf({small}, {1});
  EXPECT_EQ(Samples(ReadIconBitmap(LargestOfIcon(AsBytes(only))->bytes, kMostPixels)), "9 9 9 255");
}

TEST(IcoReader, RefusesPicturesOutsideTheFile) {
  std::string icon = IconOf({Header(40, 1, 2, 32)}, {1});
  icon.resize(icon.size() - 1);
  EXPECT_EQ(LargestOfIcon(AsBytes(icon)).status().code(), StatusCode::kCorruption);
  std::string two = IconOf({Header(40, 1, 2, 32), Header(40, 2, 4, 32)}, {1, 2});
  EXPECT_FALSE(LargestOfIcon(AsBytes(two))->cut);
  two.resize(two.size() - 1);
  EXPECT_TRUE(LargestOfIcon(AsBytes(two))->cut) << "the larger one";
}

}  // namespace
}  // namespace hashlens
