// The decoder is fed whatever lies on people's disks: each broken file gives a Status or a picture,
// never a crash, a hang or a line on stderr.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "image/decode.h"
#include "image/test_pictures.h"

namespace hashlens {
namespace {

std::string ProfiledJpeg(const Image& picture) {
  const VipsPicture profiled = ToVips(picture);
  const std::string profile = ProfileBytes("p3");
  vips_image_set_blob_copy(profiled.get(), VIPS_META_ICC_NAME, profile.data(), profile.size());
  return VipsFile(profiled.get(), ".jpg");
}

std::string CmykJpeg(const Image& picture) {
  VipsImage* inks = nullptr;
  const VipsPicture rgb = ToVips(picture);
  EXPECT_EQ(vips_colourspace(rgb.get(), &inks, VIPS_INTERPRETATION_CMYK, nullptr), 0);
  const VipsPicture owner(inks);
  return VipsFile(inks, ".jpg[strip]");
}

std::map<std::string, std::string> SmallFiles() {
  const Image picture = TestPicture(19, 13);
  std::map<std::string, std::string> files = {
      {"jpeg", WithSegment(JpegFile(picture), 0xe1, ExifPayload(6))},
      {"progressive jpeg", JpegFile(picture, 90, 2, true)},
      {"bmp", BmpFile(picture)},
      {"pnm", PnmFile(picture)}};
  for (const char* suffix :
       {".png", ".png[interlace]", ".gif", ".webp", ".webp[lossless]", ".tif[compression=lzw]",
        ".tif[compression=deflate,tile]", ".heic", ".avif", ".jp2", ".jxl"}) {
    std::string file = VipsFile(picture, suffix);
    if (!file.empty()) files[suffix] = std::move(file);
  }
  files["jpeg with a profile"] = ProfiledJpeg(picture);
  return files;
}

// Checks that nothing was written to stderr while it lived.
class ExpectSilence {
 public:
  explicit ExpectSilence(std::string name) : name_(std::move(name)) {
    testing::internal::CaptureStderr();
  }
  ~ExpectSilence() {
    const std::string text = testing::internal::GetCapturedStderr();
    EXPECT_TRUE(text.empty()) << name_ << ": " << text;
  }

 private:
  const std::string name_;
};

// True when it decoded.
bool DecodeAnything(const std::string& file, const std::string& what) {
  // On the heap to its exact size, so that a sanitizer sees any step beyond it.
  const std::vector<char> bytes(file.begin(), file.end());
  const DecodeOptions options{.max_pixels = 1'000'000, .timeout_ms = 20'000, .min_short_side = 0};
  const auto decoded = DecodeImage(std::as_bytes(std::span(bytes)), options);
  if (decoded.ok()) {
    const Image& image = decoded->image;
    EXPECT_GT(image.width, 0) << what;
    EXPECT_GT(image.height, 0) << what;
    EXPECT_EQ(image.rgb.size(), size_t{3} * static_cast<size_t>(image.width * image.height))
        << what;
    return true;
  }
  const std::string message = decoded.status().message();
  EXPECT_FALSE(message.empty()) << what;
  EXPECT_EQ(message.find('\n'), std::string::npos) << what << ": " << message;
  return false;
}

// A JPEG file whose scans are all there is whole without its end marker; one that ends after an
// earlier scan is not, although libjpeg has nothing to say of it.
TEST(DecodeDamage, AJpegFileThatLacksOnlyItsEndIsWhole) {
  for (const bool progressive : {false, true}) {
    const std::string file = JpegFile(TestPicture(61, 47), 90, 2, progressive);
    const auto decode = [](const std::string& bytes) {
      return DecodeImage(std::as_bytes(std::span(bytes)), {});
    };
    const auto whole = decode(file);
    ASSERT_TRUE(whole.ok());
    for (const size_t missing : {size_t{1}, size_t{2}}) {
      const auto cut = decode(file.substr(0, file.size() - missing));
      ASSERT_TRUE(cut.ok()) << cut.status().message();
      EXPECT_EQ(cut->image.rgb, whole->image.rgb);
    }
    EXPECT_FALSE(decode(file.substr(0, file.size() - 40)).ok());
    int scans = 0;
    for (size_t at = file.find("\xff\xda"); at != file.npos; at = file.find("\xff\xda", at + 1)) {
      if (scans++ > 0) {
        EXPECT_FALSE(decode(file.substr(0, at)).ok());
      }
    }
    EXPECT_EQ(scans > 1, progressive);
  }
}

TEST(DecodeDamage, TruncatedAtEveryLength) {
  for (const auto& [name, file] : SmallFiles()) {
    const ExpectSilence silence(name);
    // Every length of the headers, and about fifty beyond.
    const size_t step = std::max<size_t>(1, file.size() / 100);
    for (size_t size = 0; size < file.size(); size += size < 64 ? 1 : step) {
      DecodeAnything(file.substr(0, size), name + " cut to " + std::to_string(size));
    }
  }
}

TEST(DecodeDamage, HalfAPictureIsCorruption) {
  const Image picture = NoisePicture(64, 64, 2);
  std::map<std::string, std::string> files = {{"jpeg", JpegFile(picture)},
                                              {"progressive", JpegFile(picture, 90, 0, true)},
                                              {"bmp", BmpFile(picture)},
                                              {"pnm", PnmFile(picture)}};
  for (const char* suffix : {".png", ".gif", ".webp", ".tif", ".heic", ".avif", ".jp2", ".jxl"}) {
    std::string file = VipsFile(picture, suffix);
    if (!file.empty()) files[suffix] = std::move(file);
  }
  for (const auto& [name, file] : files) {
    const auto decoded = DecodeImage(AsBytes(file.substr(0, file.size() / 2)), {});
    EXPECT_EQ(decoded.status().code(), StatusCode::kCorruption)
        << name << decoded.status().message();
  }
}

TEST(DecodeDamage, TheTopTwoThirdsAreEnoughWhereThatIsWanted) {
  const Image picture = NoisePicture(300, 300, 2);  // libpng reads 8 KB at a time
  std::map<std::string, std::string> files = {{"jpeg", JpegFile(picture)},
                                              {"pnm", PnmFile(picture)}};
  files["png"] = VipsFile(picture, ".png");
  files["jpeg with a profile"] = ProfiledJpeg(picture);
  files["cmyk jpeg"] = CmykJpeg(picture);
  for (const auto& [name, file] : files) {
    const std::string& whole = file;  // what a lambda may capture, for clang 14, too
    for (const bool isolated : {false, true}) {
      const DecodeOptions lenient = {.isolate_jpeg = isolated, .lenient = true};
      const auto decode = [&](size_t percent) {
        return DecodeImage(AsBytes(whole.substr(0, whole.size() * percent / 100)), lenient);
      };
      const auto most = decode(85);
      ASSERT_TRUE(most.ok()) << name << most.status().message();
      EXPECT_NE(most->damage.find("% of the rows are whole"), std::string::npos) << most->damage;
      // What is there is as it was.
      Image top = most->image, expected = DecodeImage(AsBytes(file), {})->image;
      top.rgb.resize(size_t{3} * 300 * 200);
      expected.rgb.resize(top.rgb.size());
      EXPECT_EQ(top.rgb, expected.rgb) << name;
      EXPECT_EQ(decode(50).status().code(), StatusCode::kCorruption) << name;
      EXPECT_TRUE(decode(100)->damage.empty()) << name;
    }
  }
}

TEST(DecodeDamage, PngIsRefusedInTheWordsOfItsDecoder) {
  const std::string png = VipsFile(TestPicture(19, 13), ".png");
  std::string sum = png;
  sum[png.find("IHDR") + 4 + 13] ^= 1;  // of the checksum after 13 bytes
  EXPECT_EQ(DecodeImage(AsBytes(sum), {}).status().message(), "broken png: IHDR: CRC error");
  sum = png;
  sum[png.find("IDAT") + 4] ^= 1;
  const std::string words = DecodeImage(AsBytes(sum), {}).status().message();
  EXPECT_TRUE(words.starts_with("broken png: IDAT: ")) << words;
}

// Whatever libjpeg warned of before.
TEST(DecodeDamage, AHarmlessWarningHidesNoDamage) {
  const std::string jpeg = JpegFile(NoisePicture(64, 64, 2));
  const size_t table = jpeg.find("\xff\xdb");
  const std::string stray = jpeg.substr(0, table) + "stray" + jpeg.substr(table);
  EXPECT_TRUE(DecodeImage(AsBytes(stray), {}).ok());
  const size_t middle = (jpeg.find("\xff\xda") + jpeg.size()) / 2;
  const std::string cut = jpeg.substr(0, middle) + "\xff\xd9";
  const auto decoded = DecodeImage(AsBytes(cut.substr(0, table) + "stray" + cut.substr(table)), {});
  EXPECT_EQ(decoded.status().code(), StatusCode::kCorruption);
}

TEST(DecodeDamage, RandomBytesChanged) {
  std::mt19937 random(42);
  for (const auto& [name, file] : SmallFiles()) {
    const ExpectSilence silence(name);
    for (int round = 0; round < 80; ++round) {
      std::string damaged = file;
      const int changes = 1 + round % 4;
      for (int i = 0; i < changes; ++i)
        damaged[random() % damaged.size()] = static_cast<char>(random());
      DecodeAnything(damaged, name + " round " + std::to_string(round));
    }
    EXPECT_TRUE(DecodeAnything(file, name)) << name;
  }
}

TEST(DecodeDamage, OnlyThePictureCountsNotWhatFollowsIt) {
  const Image picture = TestPicture(19, 13);
  for (const std::string& file : {JpegFile(picture), VipsFile(picture, ".png")}) {
    EXPECT_TRUE(DecodeAnything(file + "and a trailer as cameras write it", "trailer"));
  }
  // Stray bytes between two segments only make libjpeg warn.
  const std::string jpeg = JpegFile(picture);
  const size_t table = jpeg.find("\xff\xdb");
  EXPECT_TRUE(DecodeAnything(jpeg.substr(0, table) + "stray" + jpeg.substr(table), "stray bytes"));
}

}  // namespace
}  // namespace hashlens
