// Tests of the readers of QOI, TGA and PSD, of EXIF in PNG, of first frames, and of tone mapping.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstring>
#include <limits>
#include <string>

#include "base/exif_orientation.h"
#include "base/icc.h"
#include "decode/first_frame.h"
#include "decode/png_exif.h"
#include "decode/psd_reader.h"
#include "decode/qoi_reader.h"
#include "decode/test_samples.h"
#include "decode/tga_reader.h"
#include "decode/tone_map.h"

namespace hashlens {
namespace {

using std::string_literals::operator""s;

constexpr uint64_t kMostPixels = 1'000'000;

// Numbers with the largest byte first.
std::string Big(uint64_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string Qoi(int width, int height, char channels, const std::string& operations) {
  return "qoif" + Big(static_cast<uint64_t>(width), 4) + Big(static_cast<uint64_t>(height), 4) +
         channels + '\0' + operations + "\0\0\0\0\0\0\0\1"s;
}

TEST(QoiReader, FollowsEveryOperation) {
  const std::string operations =
      "\xfe\x0a\x14\x1e"s      // RGB 10 20 30
      "\x7b"s                  // differences 1 0 1
      "\xa8\x9a"s              // luma: green +8, red +1, blue +2 beside it
      "\xc1"s                  // twice more
      "\xff\x01\x02\x03\x04"s  // RGBA
      "\x01"s;                 // by its place: 10 20 30 255 is (30+100+210+2805)%64 = 9
  const auto raster = ReadQoi(AsBytes(Qoi(7, 1, 4, operations)), kMostPixels);
  EXPECT_EQ(Samples(raster).substr(0, 12), "10 20 30 255");
  EXPECT_EQ(Samples(raster),
            "10 20 30 255 11 20 31 255 20 28 41 255 20 28 41 255 20 28 41 255 1 2 3 4 0 0 0 0");
}

TEST(QoiReader, OneThatEndsEarlyIsDamagedFromThere) {
  std::string file = Qoi(1, 4, 3, "\xfe\1\1\1\xc1"s);
  const auto raster = ReadQoi(AsBytes(file.substr(0, file.size() - 8)), kMostPixels);
  ASSERT_TRUE(raster.ok());
  EXPECT_EQ(raster->whole_rows, 3);
  EXPECT_FALSE(ReadQoi(AsBytes(Qoi(0, 4, 3, "")), kMostPixels).ok());
  EXPECT_FALSE(ReadQoi(AsBytes(Qoi(1 << 20, 1 << 20, 3, "")), kMostPixels).ok());
  EXPECT_FALSE(ReadQoi(AsBytes(Qoi(1, 1, 5, "")), kMostPixels).ok());
}

TEST(QoiReader, SaysThatAHugePictureIsOverTheLimit) {
  std::string file = Qoi(1, 4, 3, "");
  file.replace(4, 4, "\xff\xff\xff\xff");
  const auto raster = ReadQoi(AsBytes(file), kMostPixels);
  EXPECT_EQ(raster.status().code(), StatusCode::kInvalidArgument) << raster.status().message();
}

// Two by two pixels of the kind.
std::string Tga(char kind, char bits, char descriptor, const std::string& pixels,
                const std::string& palette = "") {
  std::string header = "\0"s + (palette.empty() ? '\0' : '\1') + kind + "\0\0"s +
                       static_cast<char>(palette.size() / 3) + '\0' +
                       (palette.empty() ? '\0' : '\x18') + "\0\0\0\0\2\0\2\0"s + bits + descriptor;
  return header + palette + pixels;
}

TEST(TgaReader, StartsAtAnyCorner) {
  const std::string grey = "\1\2\3\4";
  const auto read = [&](char descriptor) {
    return Samples(ReadTga(AsBytes(Tga(3, 8, descriptor, grey)), kMostPixels));
  };
  EXPECT_EQ(read(0), "3 4 1 2");
  EXPECT_EQ(read(0x20), "1 2 3 4");
  EXPECT_EQ(read(0x10), "4 3 2 1");
  EXPECT_EQ(read(0x30), "2 1 4 3");
}

TEST(TgaReader, ReadsPalettesRunsAndColours) {
  EXPECT_EQ(Samples(ReadTga(AsBytes(Tga(1, 8, 0x20, "\0\1\1\0"s, "\1\2\3\4\5\6")), kMostPixels)),
            "3 2 1 6 5 4 6 5 4 3 2 1");
  EXPECT_EQ(Samples(ReadTga(AsBytes(Tga(10, 24, 0x20, "\x82\1\2\3\0\4\5\6"s)), kMostPixels)),
            "3 2 1 3 2 1 3 2 1 6 5 4");
  EXPECT_EQ(Samples(ReadTga(AsBytes(Tga(2, 16, 0x20, "\x1f\x7c\x1f\x7c\0\0\0\0"s)), kMostPixels)),
            "255 0 255 255 0 255 0 0 0 0 0 0");
  EXPECT_EQ(
      Samples(ReadTga(AsBytes(Tga(2, 32, 0x28, "\1\2\3\4\1\2\3\5\1\2\3\6\1\2\3\7")), kMostPixels)),
      "3 2 1 4 3 2 1 5 3 2 1 6 3 2 1 7");
}

TEST(TgaReader, OneThatEndsEarlyIsDamaged) {
  const auto down = ReadTga(AsBytes(Tga(3, 8, 0x20, "\1\2\3")), kMostPixels);
  ASSERT_TRUE(down.ok());
  EXPECT_EQ(down->whole_rows, 1);
  EXPECT_EQ(ReadTga(AsBytes(Tga(3, 8, 0, "\1\2\3")), kMostPixels)->whole_rows, 0);
  EXPECT_FALSE(ReadTga(AsBytes("\0\0\2"s), kMostPixels).ok());
}

std::string Psd(int channels, int depth, int mode, const std::string& palette, int compression,
                const std::string& pixels) {
  return "8BPS" + Big(1, 2) + std::string(6, '\0') + Big(static_cast<uint64_t>(channels), 2) +
         Big(1, 4) + Big(2, 4) + Big(static_cast<uint64_t>(depth), 2) +
         Big(static_cast<uint64_t>(mode), 2) + Big(palette.size(), 4) + palette + Big(0, 4) +
         Big(0, 4) + Big(static_cast<uint64_t>(compression), 2) + pixels;
}

TEST(PsdReader, ReadsTheFlatPictureOfEachMode) {
  EXPECT_EQ(Samples(ReadPsd(AsBytes(Psd(3, 8, 3, "", 0, "\1\2\3\4\5\6")), kMostPixels)),
            "1 3 5 2 4 6");
  EXPECT_EQ(Samples(ReadPsd(AsBytes(Psd(4, 8, 3, "", 0, "\1\2\3\4\5\6\7\7")), kMostPixels)),
            "1 3 5 2 4 6")
      << "a channel beside the colours";
  EXPECT_EQ(Samples(ReadPsd(AsBytes(Psd(1, 16, 1, "", 0, "\1\0\0\2"s)), kMostPixels)), "256 2");
  EXPECT_EQ(Samples(ReadPsd(AsBytes(Psd(1, 1, 0, "", 0, "\x40")), kMostPixels)), "255 0");
  std::string palette(768, '\0');
  palette[1] = 7, palette[257] = 8, palette[513] = 9;
  EXPECT_EQ(Samples(ReadPsd(AsBytes(Psd(1, 8, 2, palette, 0, "\0\1"s)), kMostPixels)),
            "0 0 0 7 8 9");
  const auto inks = ReadPsd(AsBytes(Psd(4, 8, 4, "", 0, std::string(8, '\xff'))), kMostPixels);
  EXPECT_EQ(Samples(inks), "0 0 0 0 0 0 0 0") << "no ink";
  EXPECT_EQ(inks->colour, RasterColour::kCmyk);
}

TEST(PsdReader, UnpacksRows) {
  const std::string packed =
      Big(2, 2) + Big(3, 2) + Big(2, 2) + "\xff\5"s + "\1\6\7"s + "\xff\x08"s;
  EXPECT_EQ(Samples(ReadPsd(AsBytes(Psd(3, 8, 3, "", 1, packed)), kMostPixels)), "5 6 8 5 7 8");
}

TEST(PsdReader, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(ReadPsd(AsBytes(Psd(3, 8, 9, "", 0, "")), kMostPixels).status().code(),
            StatusCode::kUnsupported);
  EXPECT_EQ(ReadPsd(AsBytes(Psd(3, 8, 3, "", 2, "")), kMostPixels).status().code(),
            StatusCode::kUnsupported);
  EXPECT_EQ(ReadPsd(AsBytes(Psd(2, 8, 3, "", 0, "")), kMostPixels).status().code(),
            StatusCode::kCorruption);
  const std::string whole = Psd(3, 8, 3, "", 0, "");
  for (size_t size = 0; size <= whole.size(); ++size)
    EXPECT_FALSE(ReadPsd(AsBytes(whole.substr(0, size)), kMostPixels).ok()) << size;
}

std::string Chunk(const std::string& type, const std::string& data) {
  return Big(data.size(), 4) + type + data + "crc!";
}

// An EXIF block with nothing but the orientation, of this TIFF type and size.
std::string Exif(int type, int bytes, int orientation) {
  return "MM\0*\0\0\0\x08\0\1"s + Big(0x112, 2) + Big(static_cast<uint64_t>(type), 2) + Big(1, 4) +
         Big(static_cast<uint64_t>(orientation), bytes) +
         std::string(static_cast<size_t>(4 - bytes), '\0') + Big(0, 4);
}

TEST(ExifOrientation, TakesAnyWholeNumber) {
  EXPECT_EQ(ExifOrientation(AsBytes(Exif(3, 2, 6))), 6);
  EXPECT_EQ(ExifOrientation(AsBytes(Exif(4, 4, 6))), 6);
  EXPECT_EQ(ExifOrientation(AsBytes(Exif(1, 1, 6))), 6);
  EXPECT_EQ(ExifOrientation(AsBytes("Exif\0\0"s + Exif(3, 2, 6))), 6);
  EXPECT_EQ(ExifOrientation(AsBytes(Exif(3, 2, 9))), 1);
  EXPECT_EQ(ExifOrientation(AsBytes(Exif(2, 4, 6))), 1);
  EXPECT_EQ(ExifOrientation(AsBytes("Exif\0\0MM"s)), 1);
}

std::string Digits(const std::string& bytes) {
  std::string text = "\nexif\n      " + std::to_string(bytes.size()) + "\n";
  for (size_t i = 0; i < bytes.size(); ++i) {
    text += "0123456789abcdef"[static_cast<uint8_t>(bytes[i]) >> 4];
    text += "0123456789abcdef"[static_cast<uint8_t>(bytes[i]) & 15];
    if (i % 36 == 35) text += '\n';
  }
  return text + "\n";
}

TEST(PngExif, IsFoundWhereverEncodersPutIt) {
  const std::string start = "\x89PNG\r\n\x1a\n" + Chunk("IHDR", std::string(13, '\0'));
  const std::string pixels = Chunk("IDAT", "pixels"), end = Chunk("IEND", "");
  const std::string exif = Exif(3, 2, 8);
  const std::string digits = Digits("Exif\0\0"s + exif);
  std::string packed(compressBound(digits.size()), '\0');
  auto size = static_cast<uLongf>(packed.size());
  ASSERT_EQ(compress(reinterpret_cast<Bytef*>(packed.data()), &size,
                     reinterpret_cast<const Bytef*>(digits.data()), digits.size()),
            Z_OK);
  packed.resize(size);
  for (const std::string& chunk :
       {Chunk("eXIf", exif), Chunk("tEXt", "Raw profile type exif\0"s + digits),
        Chunk("zTXt", "Raw profile type APP1\0\0"s + packed),
        Chunk("iTXt", "Raw profile type exif\0\1\0\0\0"s + packed)}) {
    EXPECT_EQ(ExifOrientation(PngExif(AsBytes(start + chunk + pixels + end))), 8);
    EXPECT_EQ(ExifOrientation(PngExif(AsBytes(start + pixels + chunk + end))), 8);
    EXPECT_EQ(ExifOrientation(PngExif(AsBytes(start + pixels + end + chunk))), 1);
  }
}

TEST(FirstFrame, IsFoundBehindExtensions) {
  const std::string gif = "GIF89a\4\0\4\0\x80\0\0abcdef"s + "\x21\xf9\x04\0\0\0\0\0"s +
                          "\x21\xfe\x02hi\0"s + "\x2c\1\0\2\0\2\0\1\0\0"s;
  const auto box = FirstFrame(AsBytes(gif), ImageFormat::kGif);
  ASSERT_TRUE(box);
  EXPECT_EQ(box->left, 1);
  EXPECT_EQ(box->top, 2);
  EXPECT_EQ(box->width, 2);
  EXPECT_EQ(box->height, 1);
  for (size_t size = 0; size + 1 < gif.size(); ++size)
    EXPECT_FALSE(FirstFrame(AsBytes(gif.substr(0, size)), ImageFormat::kGif)) << size;
  EXPECT_FALSE(FirstFrame(AsBytes(gif), ImageFormat::kPng));
}

TEST(ToneMap, WhiteIsOneUnlessMostIsBrighter) {
  const auto mapped = [](const std::vector<float>& values, RasterColour colour) {
    Raster raster;
    raster.width = static_cast<int>(values.size());
    raster.height = 1;
    raster.type = SampleType::kFloat;
    raster.colour = colour;
    EXPECT_TRUE(MakeRoom(&raster, kMostPixels).ok());
    std::memcpy(raster.samples.data(), values.data(), raster.samples.size());
    ToneMap(&raster);
    return Samples(raster);
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(mapped({0, 0.5F, 1, -1, nan}, RasterColour::kGrey), "0 32768 65535 0 0");
  EXPECT_EQ(mapped({0, 2, 4}, RasterColour::kGrey), "0 32768 65535");
  EXPECT_EQ(mapped({0, 0.5F, 1}, RasterColour::kLinearGrey), "0 48192 65535");
}

}  // namespace
}  // namespace hashlens
