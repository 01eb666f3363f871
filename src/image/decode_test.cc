#include "image/decode.h"

#include <gtest/gtest.h>
#include <turbojpeg.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "image/orient.h"
#include "image/test_pictures.h"

namespace hashlens {
namespace {

using std::string_literals::operator""s;

Result<DecodedImage> Decode(const std::string& file, const DecodeOptions& options = {}) {
  return DecodeImage(AsBytes(file), options);
}

// EXIF 2.32, 4.6.4: the visual side on which the stored picture's first row and first column lie.
struct Sides {
  char first_row;
  char first_column;
};
constexpr Sides kSides[] = {{'T', 'L'}, {'T', 'R'}, {'B', 'R'}, {'B', 'L'},
                            {'L', 'T'}, {'R', 'T'}, {'R', 'B'}, {'L', 'B'}};

Image UprightByDefinition(const Image& stored, int orientation) {
  const Sides sides = kSides[orientation - 1];
  const bool swapped = sides.first_row == 'L' || sides.first_row == 'R';
  Image upright = FlatPicture(swapped ? stored.height : stored.width,
                              swapped ? stored.width : stored.height, {0, 0, 0});
  for (int row = 0; row < stored.height; ++row) {
    for (int column = 0; column < stored.width; ++column) {
      int x = 0, y = 0;
      for (const auto& [side, index] :
           {std::pair{sides.first_row, row}, {sides.first_column, column}}) {
        if (side == 'T') y = index;
        if (side == 'B') y = upright.height - 1 - index;
        if (side == 'L') x = index;
        if (side == 'R') x = upright.width - 1 - index;
      }
      const Colour rgb = PixelAt(stored, column, row);
      for (size_t c = 0; c < 3; ++c) {
        upright.rgb[static_cast<size_t>(y * upright.width + x) * 3 + c] =
            static_cast<uint8_t>(rgb[c]);
      }
    }
  }
  return upright;
}

TEST(Upright, FollowsTheDefinitionForEveryOrientationAndShape) {
  for (const auto& [w, h] : {std::pair{1, 1}, {1, 7}, {5, 1}, {3, 4}, {32, 33}, {70, 41}}) {
    const Image stored = NoisePicture(w, h, 1);
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const Image upright = Upright(stored, orientation);
      const Image expected = UprightByDefinition(stored, orientation);
      EXPECT_EQ(upright.width, expected.width);
      EXPECT_EQ(upright.rgb, expected.rgb) << orientation;
    }
    EXPECT_EQ(Upright(stored, 0).rgb, stored.rgb);
    EXPECT_EQ(Upright(stored, 9).rgb, stored.rgb);
  }
}

TEST(DecodeImage, TurnsJpegUprightAsExifSays) {
  const Image stored = TestPicture(48, 32);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const auto decoded = Decode(WithSegment(JpegFile(stored), 0xe1, ExifPayload(orientation)));
    ASSERT_TRUE(decoded.ok()) << decoded.status().message();
    EXPECT_LT(MeanDifference(decoded->image, UprightByDefinition(stored, orientation)), 3)
        << orientation;
    EXPECT_EQ(decoded->original_width, orientation >= 5 ? 32 : 48);
    EXPECT_EQ(decoded->original_height, orientation >= 5 ? 48 : 32);
  }
}

TEST(DecodeImage, TurnsPngTiffAndWebpUprightAsExifSays) {
  const Image stored = TestPicture(48, 32);
  for (const char* suffix : {".png", ".tif", ".webp[lossless]"}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const VipsPicture picture = ToVips(stored);
      const std::string exif = ExifPayload(orientation);
      vips_image_set_blob_copy(picture.get(), VIPS_META_EXIF_NAME, exif.data(), exif.size());
      vips_image_set_int(picture.get(), VIPS_META_ORIENTATION, orientation);
      const auto decoded = Decode(VipsFile(picture.get(), suffix));
      ASSERT_TRUE(decoded.ok()) << suffix << decoded.status().message();
      EXPECT_LT(MeanDifference(decoded->image, UprightByDefinition(stored, orientation)), 1)
          << suffix << orientation;
      EXPECT_EQ(decoded->original_width, orientation >= 5 ? 32 : 48);
    }
  }
}

TEST(DecodeImage, ShrinksButNeverBelowTheShortSideAsked) {
  const Image picture = TestPicture(800, 600);
  for (const std::string& file : {JpegFile(picture), VipsFile(picture, ".png")}) {
    for (const int short_side :
         {0, 1, 70, 75, 76, 100, 149, 150, 151, 299, 300, 301, 599, 600, 601, 5000}) {
      const auto decoded = Decode(file, {.min_short_side = short_side});
      ASSERT_TRUE(decoded.ok()) << decoded.status().message();
      EXPECT_GE(decoded->image.height, std::min(short_side, 600));
      if (short_side == 0 || short_side > 300) {
        EXPECT_EQ(decoded->image.height, 600);
      }
      if (short_side > 0) {
        EXPECT_LE(decoded->image.height, std::max(8 * short_side, 75));
      }
      EXPECT_EQ(decoded->original_width, 800);
      EXPECT_EQ(decoded->original_height, 600);
      const Image expected = TestPicture(decoded->image.width, decoded->image.height);
      if (short_side == 0 || short_side >= 70) {
        EXPECT_LT(MeanDifference(decoded->image, expected), 3) << short_side;
      }
    }
  }
}

TEST(DecodeImage, KnowsEveryJpegSubsamplingGreyAndProgressive) {
  const Image picture = TestPicture(67, 45);
  for (const int subsampling : {TJSAMP_444, TJSAMP_422, TJSAMP_420, TJSAMP_440, TJSAMP_411}) {
    for (const bool progressive : {false, true}) {
      const auto decoded = Decode(JpegFile(picture, 95, subsampling, progressive));
      ASSERT_TRUE(decoded.ok()) << decoded.status().message();
      EXPECT_LT(MeanDifference(decoded->image, picture), 4) << subsampling;
    }
  }
  const auto grey = Decode(JpegFile(picture, 95, TJSAMP_GRAY));
  ASSERT_TRUE(grey.ok());
  const Colour pixel = PixelAt(grey->image, 30, 30);
  EXPECT_EQ(pixel[0], pixel[1]);
  EXPECT_EQ(pixel[0], pixel[2]);
}

TEST(DecodeImage, ChecksTheHeaderBeforeThePixels) {
  std::string png = VipsFile(TestPicture(8, 8), ".png");
  png.replace(16, 8, "\0\0\xc3\x50\0\0\xc3\x50"s);  // 50000 x 50000, with a wrong checksum
  EXPECT_FALSE(Decode(png).ok());
  // The right checksum for that header, so that only the limit is left to complain.
  const std::string header = "IHDR\0\0\xc3\x50\0\0\xc3\x50\x08\x02\0\0\0"s;
  uint32_t crc = ~0u;
  for (const char c : header) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0xedb88320u : 0u);
  }
  crc = ~crc;
  png.replace(12, header.size(), header);
  for (int i = 0; i < 4; ++i)
    png[29 + static_cast<size_t>(i)] = static_cast<char>(crc >> (24 - 8 * i));
  EXPECT_EQ(Decode(png).status().code(), StatusCode::kInvalidArgument)
      << Decode(png).status().message();

  std::string jpeg = JpegFile(TestPicture(64, 64));
  jpeg.replace(jpeg.find("\xff\xc0"s) + 5, 4, "\xc3\x50\xc3\x50"s);
  EXPECT_FALSE(Decode(jpeg).ok());
  std::string bmp = BmpFile(TestPicture(8, 8));
  bmp.replace(18, 8, "\x50\xc3\0\0\x50\xc3\0\0"s);
  EXPECT_EQ(Decode(bmp).status().code(), StatusCode::kInvalidArgument);
}

TEST(DecodeImage, RefusesPicturesOverTheLimitAndTakesThoseAtIt) {
  const Image picture = TestPicture(40, 30);
  for (const std::string& file : {JpegFile(picture), BmpFile(picture), PnmFile(picture),
                                  VipsFile(picture, ".png"), VipsFile(picture, ".tif")}) {
    EXPECT_TRUE(Decode(file, {.max_pixels = 1200}).ok());
    const auto refused = Decode(file, {.max_pixels = 1199});
    EXPECT_EQ(refused.status().code(), StatusCode::kInvalidArgument);
    EXPECT_NE(refused.status().message().find("40 x 30"), std::string::npos);
  }
}

TEST(DecodeImage, GivesUpWhenTheTimeIsOver) {
  const auto decoded =
      Decode(VipsFile(TestPicture(3000, 3000), ".png[compression=1]"), {.timeout_ms = 5});
  EXPECT_EQ(decoded.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(decoded.status().message(), "took more than 5 ms of processor time");
}

TEST(DecodeImage, SaysWhatIsNoPicture) {
  for (const auto& file : {""s, "a text"s, "<html>"s, std::string(1000, '\0')}) {
    EXPECT_EQ(Decode(file).status().code(), StatusCode::kUnsupported);
  }
}

TEST(DecodeImage, AScanBombIsRefusedBeforeItIsDecoded) {
  const std::string jpeg = JpegFile(TestPicture(64, 64), 90, TJSAMP_GRAY, true);
  const size_t scan = jpeg.rfind("\xff\xda"s);
  std::string bomb = jpeg.substr(0, jpeg.size() - 2);
  const std::string last_scan = jpeg.substr(scan, jpeg.size() - 2 - scan);
  for (int i = 0; i < 600; ++i) bomb += last_scan;
  bomb += "\xff\xd9";
  EXPECT_EQ(Decode(bomb).status().code(), StatusCode::kInvalidArgument);
}

TEST(DecodeImage, ManyThreadsGetTheSameBytesAndTheirOwnErrors) {
  const Image picture = TestPicture(90, 60);
  std::vector<std::string> files = {JpegFile(picture), BmpFile(picture), PnmFile(picture)};
  for (const char* suffix : {".png", ".webp", ".gif", ".tif", ".jp2", ".jxl"}) {
    std::string file = VipsFile(picture, suffix);
    if (!file.empty()) files.push_back(std::move(file));
  }
  const size_t whole = files.size();
  for (size_t i = 0; i < whole; ++i) files.push_back(files[i].substr(0, files[i].size() / 2));
  std::vector<std::vector<uint8_t>> alone;
  for (const std::string& file : files) {
    const auto decoded = Decode(file);
    alone.push_back(decoded.ok() ? decoded->image.rgb : std::vector<uint8_t>());
  }
  for (size_t i = 0; i < whole; ++i) EXPECT_FALSE(alone[i].empty()) << i;
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (size_t i = 0; i < 2 * files.size(); ++i) {
          const size_t at = (i + 3 * t) % files.size();
          const auto decoded = Decode(files[at]);
          const bool same = decoded.ok() ? decoded->image.rgb == alone[at] : alone[at].empty();
          const std::string message = decoded.status().message();
          if (!same || message.find('\n') != message.npos) ++wrong;
        }
      });
    }
  }
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace hashlens
