// Colour: whatever depth, bands, palette, alpha or profile a file has, the same sRGB comes out.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "image/decode.h"
#include "image/test_pictures.h"

namespace hashlens {
namespace {

Result<DecodedImage> Decode(const std::string& file, const DecodeOptions& options = {}) {
  return DecodeImage(AsBytes(file), options);
}

void ExpectColour(const Image& image, Colour expected, int tolerance) {
  const Colour actual = PixelAt(image, image.width / 2, image.height / 2);
  for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(actual[c], expected[c], tolerance) << "channel " << c;
}

// A libvips picture of one colour.
VipsPicture Solid(int width, int height, std::vector<double> bands, VipsBandFormat format,
                  VipsInterpretation interpretation) {
  VipsImage *black = nullptr, *wide = nullptr, *named = nullptr;
  if (!StartVips()) return nullptr;
  vips_black(&black, width, height, "bands", static_cast<int>(bands.size()), nullptr);
  const VipsPicture black_owner(black);
  const std::vector<double> ones(bands.size(), 1.0);
  VipsImage* filled = nullptr;
  vips_linear(black, &filled, ones.data(), bands.data(), static_cast<int>(bands.size()), nullptr);
  const VipsPicture filled_owner(filled);
  vips_cast(filled, &wide, format, nullptr);
  const VipsPicture wide_owner(wide);
  vips_copy(wide, &named, "interpretation", interpretation, nullptr);
  return VipsPicture(named);
}

void SetProfile(VipsImage* image, const char* name) {
  const std::string profile = ProfileBytes(name);
  vips_image_set_blob_copy(image, VIPS_META_ICC_NAME, profile.data(), profile.size());
}

class EveryFormat : public testing::TestWithParam<std::pair<const char*, ImageFormat>> {};

TEST_P(EveryFormat, ComesBackAsItWas) {
  const auto& [suffix, format] = GetParam();
  for (const auto& [w, h] : {std::pair{90, 60}, {64, 200}}) {
    const Image picture = TestPicture(w, h);
    const std::string file = format == ImageFormat::kBmp   ? BmpFile(picture)
                             : format == ImageFormat::kPnm ? PnmFile(picture)
                                                           : VipsFile(picture, suffix);
    if (file.empty()) GTEST_SKIP() << "this machine's libvips cannot write " << suffix;
    const auto decoded = Decode(file);
    ASSERT_TRUE(decoded.ok()) << decoded.status().message();
    EXPECT_EQ(decoded->format, format);
    EXPECT_EQ(decoded->original_width, w);
    EXPECT_EQ(decoded->original_height, h);
    EXPECT_LT(MeanDifference(decoded->image, picture), 6);
    const auto small = Decode(file, {.min_short_side = 20});
    ASSERT_TRUE(small.ok());
    EXPECT_GE(std::min(small->image.width, small->image.height), 20);
    EXPECT_LT(MeanDifference(small->image, TestPicture(small->image.width, small->image.height)),
              7);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Decode, EveryFormat,
    testing::Values(
        std::pair{".jpg[Q=95]", ImageFormat::kJpeg}, std::pair{".png", ImageFormat::kPng},
        std::pair{".png[interlace]", ImageFormat::kPng},
        std::pair{".png[palette]", ImageFormat::kPng}, std::pair{".webp[Q=95]", ImageFormat::kWebp},
        std::pair{".gif", ImageFormat::kGif}, std::pair{".tif", ImageFormat::kTiff},
        std::pair{".tif[compression=lzw,tile]", ImageFormat::kTiff},
        std::pair{".tif[compression=jpeg,Q=95]", ImageFormat::kTiff},
        std::pair{".bmp", ImageFormat::kBmp}, std::pair{".ppm", ImageFormat::kPnm},
        std::pair{".heic[Q=90]", ImageFormat::kHeif}, std::pair{".avif[Q=90]", ImageFormat::kAvif},
        std::pair{".jp2[Q=90]", ImageFormat::kJpeg2000},
        std::pair{".jxl[Q=95]", ImageFormat::kJxl}));

TEST(DecodeFormats, ThinAndTinyPicturesKeepTheirSize) {
  for (const auto& [w, h] : {std::pair{1, 1}, {1, 10000}, {10000, 1}}) {
    const Image picture = FlatPicture(w, h, {200, 100, 50});
    for (const std::string& file :
         {JpegFile(picture), BmpFile(picture), PnmFile(picture), VipsFile(picture, ".png"),
          VipsFile(picture, ".tif"), VipsFile(picture, ".gif")}) {
      const auto decoded = Decode(file, {.min_short_side = 256});
      ASSERT_TRUE(decoded.ok()) << decoded.status().message();
      EXPECT_EQ(decoded->image.width, w);
      EXPECT_EQ(decoded->image.height, h);
      ExpectColour(decoded->image, {200, 100, 50}, 4);
    }
  }
}

TEST(DecodeFormats, SixteenBitsGreyAndAlpha) {
  const auto png = [](std::vector<double> bands, VipsBandFormat format, VipsInterpretation type) {
    const auto decoded =
        Decode(VipsFile(Solid(20, 20, std::move(bands), format, type).get(), ".png"));
    EXPECT_TRUE(decoded.ok()) << decoded.status().message();
    return decoded.ok() ? decoded->image : Image{};
  };
  const auto u8 = VIPS_FORMAT_UCHAR, u16 = VIPS_FORMAT_USHORT;
  ExpectColour(png({51400, 25700, 12850}, u16, VIPS_INTERPRETATION_RGB16), {200, 100, 50}, 1);
  ExpectColour(png({51400, 25700, 12850, 0}, u16, VIPS_INTERPRETATION_RGB16), {255, 255, 255}, 0);
  ExpectColour(png({51400, 25700, 12850, 32768}, u16, VIPS_INTERPRETATION_RGB16), {227, 177, 152},
               2);
  ExpectColour(png({25700}, u16, VIPS_INTERPRETATION_GREY16), {100, 100, 100}, 1);
  ExpectColour(png({100}, u8, VIPS_INTERPRETATION_B_W), {100, 100, 100}, 0);
  ExpectColour(png({100, 0}, u8, VIPS_INTERPRETATION_B_W), {255, 255, 255}, 0);
  ExpectColour(png({100, 255}, u8, VIPS_INTERPRETATION_B_W), {100, 100, 100}, 0);
  ExpectColour(png({200, 100, 50, 255}, u8, VIPS_INTERPRETATION_sRGB), {200, 100, 50}, 0);
  ExpectColour(png({200, 100, 50, 0}, u8, VIPS_INTERPRETATION_sRGB), {255, 255, 255}, 0);
  ExpectColour(png({0, 0, 0, 128}, u8, VIPS_INTERPRETATION_sRGB), {127, 127, 127}, 1);
}

TEST(DecodeFormats, WhiteLogosStandOutFromTheirGround) {
  const auto logo = [](int left, const char* format, int min_short_side) {
    const VipsPicture clear =
        Solid(80, 80, {255, 255, 255, 0}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
    const VipsPicture sign =
        Solid(20, 40, {255, 255, 255, 255}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
    VipsImage* both = nullptr;
    EXPECT_EQ(vips_insert(clear.get(), sign.get(), &both, left, 20, nullptr), 0);
    const VipsPicture owner(both);
    const auto decoded = Decode(VipsFile(both, format), {.min_short_side = min_short_side});
    EXPECT_TRUE(decoded.ok()) << decoded.status().message();
    return decoded.ok() ? decoded->image : Image{};
  };
  for (const char* format : {".png", ".webp[lossless]", ".tif"}) {
    for (const int side : {0, 20}) {
      const Image left = logo(8, format, side);
      const Image right = logo(48, format, side);
      EXPECT_GT(MeanDifference(left, right), 20) << format << " " << side;
      const int scale = left.width / 20;
      EXPECT_EQ(PixelAt(left, 4 * scale, 10 * scale), (Colour{255, 255, 255})) << format;
      EXPECT_EQ(PixelAt(right, 4 * scale, 10 * scale), (Colour{64, 64, 64})) << format;
    }
  }
}

TEST(DecodeFormats, TransparentPixelsDoNotBleedWhenShrinking) {
  // Opaque red beside transparent green: between them red fades to white, never to green.
  const VipsPicture red =
      Solid(41, 80, {255, 0, 0, 255}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  const VipsPicture none =
      Solid(39, 80, {0, 255, 0, 0}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
  VipsImage* both = nullptr;
  ASSERT_EQ(vips_join(red.get(), none.get(), &both, VIPS_DIRECTION_HORIZONTAL, nullptr), 0);
  const VipsPicture owner(both);
  const auto decoded = Decode(VipsFile(both, ".png"), {.min_short_side = 20});
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->image.height, 20);
  EXPECT_EQ(PixelAt(decoded->image, 10, 5), (Colour{255, 191, 191}));
}

TEST(DecodeFormats, LabTiffAndFloatTiff) {
  const VipsPicture lab = Solid(16, 16, {54, 80, 70}, VIPS_FORMAT_FLOAT, VIPS_INTERPRETATION_LAB);
  const auto red = Decode(VipsFile(lab.get(), ".tif"));
  ASSERT_TRUE(red.ok()) << red.status().message();
  ExpectColour(red->image, {255, 0, 0}, 12);
  const VipsPicture floats =
      Solid(16, 16, {1.0, 0.5, 0.0}, VIPS_FORMAT_FLOAT, VIPS_INTERPRETATION_scRGB);
  const auto half = Decode(VipsFile(floats.get(), ".tif"));
  ASSERT_TRUE(half.ok()) << half.status().message();
  ExpectColour(half->image, {255, 128, 0}, 3);
}

TEST(DecodeFormats, CmykJpegAndTiff) {
  const struct {
    std::vector<double> ink;
    Colour rgb;
  } cases[] = {{{0, 0, 0, 0}, {255, 255, 255}},
               {{0, 0, 0, 255}, {35, 31, 32}},
               {{0, 255, 255, 0}, {237, 28, 36}},
               {{255, 0, 0, 0}, {0, 174, 239}},
               {{0, 0, 255, 0}, {255, 242, 0}}};
  for (const auto& [ink, rgb] : cases) {
    const VipsPicture picture = Solid(64, 64, ink, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_CMYK);
    for (const char* suffix : {".jpg[Q=95]", ".tif"}) {
      const auto decoded = Decode(VipsFile(picture.get(), suffix), {.min_short_side = 16});
      ASSERT_TRUE(decoded.ok()) << decoded.status().message();
      EXPECT_EQ(decoded->image.width, 16);
      EXPECT_EQ(decoded->original_width, 64);
      ExpectColour(decoded->image, rgb, 40);
    }
  }
}

TEST(DecodeFormats, ProfilesAreFollowed) {
  // Display P3's (0, 200, 0) lies outside sRGB; its (150, 100, 100) is redder there.
  for (const char* suffix : {".jpg[Q=98,subsample_mode=off]", ".png", ".tif", ".webp[lossless]"}) {
    const VipsPicture picture =
        Solid(32, 32, {150, 100, 100}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
    SetProfile(picture.get(), "p3");
    const auto p3 = Decode(VipsFile(picture.get(), suffix));
    ASSERT_TRUE(p3.ok()) << p3.status().message();
    ExpectColour(p3->image, {158, 98, 99}, 3);
    SetProfile(picture.get(), "srgb");
    const auto srgb = Decode(VipsFile(picture.get(), suffix));
    ASSERT_TRUE(srgb.ok()) << srgb.status().message();
    ExpectColour(srgb->image, {150, 100, 100}, 1);
  }
}

TEST(DecodeFormats, ABrokenOrUnfittingProfileIsIgnored) {
  std::string broken = ProfileBytes("p3");
  std::fill(broken.begin() + 132, broken.end(), '\x7f');
  for (const std::string& profile : {broken, ProfileBytes("cmyk"), std::string("no profile")}) {
    const VipsPicture picture =
        Solid(32, 32, {150, 100, 100}, VIPS_FORMAT_UCHAR, VIPS_INTERPRETATION_sRGB);
    const std::string part = std::string("ICC_PROFILE\0\1\1", 14) + profile.substr(0, 60000);
    const auto jpeg =
        Decode(WithSegment(JpegFile(FlatPicture(32, 32, {150, 100, 100})), 0xe2, part));
    ASSERT_TRUE(jpeg.ok()) << jpeg.status().message();
    ExpectColour(jpeg->image, {150, 100, 100}, 2);
    vips_image_set_blob_copy(picture.get(), VIPS_META_ICC_NAME, profile.data(), profile.size());
    const auto tiff = Decode(VipsFile(picture.get(), ".tif"));
    ASSERT_TRUE(tiff.ok()) << tiff.status().message();
    ExpectColour(tiff->image, {150, 100, 100}, 2);
  }
}

TEST(DecodeFormats, AnAnimationGivesItsFirstFrame) {
  const VipsPicture first = ToVips(FlatPicture(24, 16, {255, 0, 0}));
  const VipsPicture second = ToVips(FlatPicture(24, 16, {0, 0, 255}));
  VipsImage* strip = nullptr;
  ASSERT_EQ(vips_join(first.get(), second.get(), &strip, VIPS_DIRECTION_VERTICAL, nullptr), 0);
  const VipsPicture owner(strip);
  vips_image_set_int(strip, VIPS_META_PAGE_HEIGHT, 16);
  for (const char* suffix : {".gif", ".webp[lossless]", ".tif"}) {
    const std::string file = VipsFile(strip, suffix);
    ASSERT_FALSE(file.empty());
    const auto decoded = Decode(file);
    ASSERT_TRUE(decoded.ok()) << decoded.status().message();
    EXPECT_EQ(decoded->image.height, 16) << suffix;
    ExpectColour(decoded->image, {255, 0, 0}, 2);
  }
}

// Each would cost a minute of work if its header were believed.
TEST(DecodeFormats, APnmThatEndsEarlyIsRefusedAtOnce) {
  for (const char* file :
       {"P1\n7900 16000\n1 0", "P2\n7900 16000\n255\n1 2", "P3\n7900 16000\n255\n1 2 3",
        "P4\n7900 16000\nab", "P5\n7900 16000\n255\nab", "P6\n7900 16000\n65535\nabc",
        "PF\n7900 16000\n-1.0\nabcd", "Pf\n7900 16000\n1.0\nabcd"}) {
    const auto decoded = Decode(file, {.max_pixels = 256'000'000, .timeout_ms = 2'000});
    EXPECT_EQ(decoded.status().message(), "broken pnm: the file ends before the picture does")
        << file;
    EXPECT_EQ(decoded.status().code(), StatusCode::kCorruption);
  }
  const std::string whole = "P6\n2 1\n65535\n" + std::string(12, 'x');
  EXPECT_TRUE(Decode(whole).ok());
  EXPECT_FALSE(Decode(whole.substr(0, whole.size() - 1)).ok());
}

TEST(DecodeFormats, EveryPnm) {
  const auto decode = [](const std::string& file) {
    const auto decoded = Decode(file);
    EXPECT_TRUE(decoded.ok()) << decoded.status().message();
    return decoded.ok() ? decoded->image : Image{};
  };
  EXPECT_EQ(decode("P3 2 1 255 1 2 3 200 100 50 ").rgb,
            (std::vector<uint8_t>{1, 2, 3, 200, 100, 50}));
  EXPECT_EQ(decode("P2 2 1 255 7 200 ").rgb, (std::vector<uint8_t>{7, 7, 7, 200, 200, 200}));
  EXPECT_EQ(decode("P1 2 1 1 0 ").rgb, (std::vector<uint8_t>{0, 0, 0, 255, 255, 255}));
  EXPECT_EQ(decode("P2 3 1 15 0 3 15 ").rgb,
            (std::vector<uint8_t>{0, 0, 0, 51, 51, 51, 255, 255, 255}));
  EXPECT_EQ(decode("P2 2 1 1023 0 1023 ").rgb, (std::vector<uint8_t>{0, 0, 0, 255, 255, 255}));
  EXPECT_EQ(decode("P5 2 1 255\n\x07\x08").rgb, (std::vector<uint8_t>{7, 7, 7, 8, 8, 8}));
}

}  // namespace
}  // namespace hashlens
