#include "image/format.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "image/test_pictures.h"

namespace hashlens {
namespace {

using std::string_literals::operator""s;

std::optional<ImageFormat> Sniff(const std::string& bytes) { return SniffFormat(AsBytes(bytes)); }

TEST(SniffFormat, KnowsRealFilesOfEachKindByTheirContent) {
  const Image image = TestPicture(20, 10);
  EXPECT_EQ(Sniff(JpegFile(image)), ImageFormat::kJpeg);
  EXPECT_EQ(Sniff(BmpFile(image)), ImageFormat::kBmp);
  EXPECT_EQ(Sniff("BA" + std::string(12, '\0') + BmpFile(image)), ImageFormat::kBmp);
  EXPECT_EQ(Sniff(PnmFile(image)), ImageFormat::kPnm);
  const std::map<std::string, ImageFormat> suffixes = {{".png", ImageFormat::kPng},
                                                       {".webp", ImageFormat::kWebp},
                                                       {".gif", ImageFormat::kGif},
                                                       {".tif", ImageFormat::kTiff},
                                                       {".tif[bigtiff]", ImageFormat::kTiff},
                                                       {".heic", ImageFormat::kHeif},
                                                       {".avif", ImageFormat::kAvif},
                                                       {".jp2", ImageFormat::kJpeg2000},
                                                       {".jxl", ImageFormat::kJxl}};
  for (const auto& [suffix, format] : suffixes) {
    const std::string file = VipsFile(image, suffix);
    if (!file.empty()) {
      EXPECT_EQ(Sniff(file), format) << suffix;
    }
  }
}

TEST(SniffFormat, KnowsTheHeadersThatAreHardToProduce) {
  EXPECT_EQ(Sniff("MM\0*\0\0\0\x08"s), ImageFormat::kTiff);
  EXPECT_EQ(Sniff("\xff\x4f\xff\x51"s), ImageFormat::kJpeg2000);
  EXPECT_EQ(Sniff("\xff\x0a"s), ImageFormat::kJxl);
  EXPECT_EQ(Sniff("\0\0\0\x0cJXL \r\n\x87\n"s), ImageFormat::kJxl);
  EXPECT_EQ(Sniff("GIF87a"s), ImageFormat::kGif);
  EXPECT_EQ(Sniff("P1#c\n2 2\n"s), ImageFormat::kPnm);
  EXPECT_EQ(Sniff("\0\0\0\x1c"
                  "ftypmif1\0\0\0\0mif1heic"s),
            ImageFormat::kHeif);
  EXPECT_EQ(Sniff("\0\0\0\x1c"
                  "ftypmif1\0\0\0\0mif1avif"s),
            ImageFormat::kAvif);
}

TEST(SniffFormat, KnowsTheFormatsThatOthersWrite) {
  EXPECT_EQ(Sniff("qoif"s), ImageFormat::kQoi);
  EXPECT_EQ(Sniff("8BPS\0\2"s), ImageFormat::kPsd);
  EXPECT_EQ(Sniff("\x76\x2f\x31\x01"s), ImageFormat::kExr);
  EXPECT_EQ(Sniff("#?RADIANCE\n"), ImageFormat::kHdr);
  EXPECT_EQ(Sniff("%PDF-1.7"), ImageFormat::kPdf);
  EXPECT_EQ(Sniff("\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a -->\n<svg xmlns='x'>"),
            ImageFormat::kSvg);
  EXPECT_EQ(Sniff("\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0\x68\4\0\0\x16\0\0\0"s), ImageFormat::kIco);
  EXPECT_EQ(Sniff("\0\0\x0a\0\0\0\0\0\0\0\0\0\4\0\4\0\x18\x20"s), ImageFormat::kTga);
  EXPECT_EQ(Sniff("P7\nWIDTH 4\n"), ImageFormat::kPnm);
  EXPECT_EQ(Sniff("II*\0\x10\0\0\0CR\2\0"s), ImageFormat::kRaw);
  EXPECT_EQ(Sniff("\0\0\0\x18"
                  "ftypcrx \0\0\0\1"s),
            ImageFormat::kRaw);
}

TEST(SniffFormat, RefusesWhatOnlyLooksLikeAPicture) {
  for (const auto& bytes : {""s, "\xff\xd8"s, "BM, said the letter, and went on"s, "P1 is a text"s,
                            "P6"s, "P7\n1"s, "RIFF\0\0\0\0WAVEfmt "s,
                            "\0\0\0\x18"
                            "ftypisom\0\0\0\0mp42"s,
                            "<svga/>"s, "<html><svg>"s, "qoi"s, "8BPS\0\3"s, "#?RGB"s,
                            "\0\0\1\0\0\0"s, "II*"s, "\x89PNG\n"s}) {
    EXPECT_FALSE(Sniff(bytes).has_value()) << bytes;
  }
}

TEST(SniffFormat, NeedsNoMoreThanSixtyFourBytes) {
  for (const std::string& file : {BmpFile(TestPicture(9, 9)), PnmFile(TestPicture(9, 9)),
                                  VipsFile(TestPicture(9, 9), ".png")}) {
    EXPECT_EQ(Sniff(file.substr(0, 64)), Sniff(file));
    for (size_t size = 0; size < 64; ++size) {
      const auto format = Sniff(file.substr(0, size));
      EXPECT_TRUE(!format || format == Sniff(file)) << size;
    }
  }
}

TEST(SupportedFormats, NamesEachFormatOnce) {
  std::set<std::string_view> names;
  for (const FormatSupport& support : SupportedFormats()) {
    EXPECT_TRUE(names.insert(FormatName(support.format)).second);
    EXPECT_FALSE(support.reader.empty());
    if (support.format == ImageFormat::kJpeg || support.format == ImageFormat::kPng) {
      EXPECT_TRUE(support.decodable);
    }
  }
  EXPECT_EQ(names.size(), kImageFormats.size());
}

}  // namespace
}  // namespace hashlens
