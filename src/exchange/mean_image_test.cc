// The mean of pictures, against sums of their pixels.
#include "hashlens/mean_image.h"

#include "library/mean_picture.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

constexpr int kSize = 16;  // of WritePicture's pictures, which are then not resampled
constexpr size_t kPixels = size_t{kSize} * kSize;

class MeanImageTest : public LibraryTest {
 protected:
  MeanImageOptions Options() const {
    MeanImageOptions options;
    options.pictures.paths = {pictures()};
    options.size = kSize;
    options.open = open();
    return options;
  }
  // Blue first, channel by channel, of the pictures' pixels as their files have them.
  static std::vector<double> MeanOf(const std::vector<Path>& files) {
    std::vector<double> mean(3 * kPixels);
    for (const Path& file : files) {
      const std::string bytes = ReadWhole(file);
      const std::string pixels = bytes.substr(bytes.size() - 3 * kPixels);
      for (size_t i = 0; i < pixels.size(); ++i)
        mean[(2 - i % 3) * kPixels + i / 3] += static_cast<uint8_t>(pixels[i]);
    }
    for (double& value : mean) value /= static_cast<double>(files.size());
    return mean;
  }
};

TEST_F(MeanImageTest, BothFilesHoldTheMeanOfEveryPixel) {
  std::vector<Path> files;
  for (uint64_t i = 0; i < 40; ++i) {
    files.push_back(pictures() / (i % 2 == 0 ? "a" : "b/c") / (std::to_string(i) + ".ppm"));
    WritePicture(files.back(), i);
  }
  WriteWhole(pictures() / "broken.ppm", "P6\n16 16\n255\nshort");
  WriteWhole(pictures() / "notes.txt", "no picture at all");
  const std::vector<double> expected = MeanOf(files);
  for (const char* name : {"mean.binaryproto", "mean.NPY"}) {
    MeanImageOptions options = Options();
    std::vector<Path> failed;
    options.failed = [&](const Path& path, const std::string&) { failed.push_back(path); };
    const auto report = WriteMeanImage(options, folder() / name);
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_EQ(report->pictures, 40U);
    EXPECT_EQ(report->failed, 1U);
    EXPECT_EQ(report->skipped, 1U);
    EXPECT_EQ(failed, std::vector<Path>{pictures() / "broken.ppm"});
    const std::vector<float> values(expected.begin(), expected.end());
    EXPECT_EQ(ReadWhole(folder() / name), MeanFileBytes(*MeanFormatOf(name), kSize, values));
    std::array<double, 3> channels{};
    for (size_t i = 0; i < expected.size(); ++i)
      channels[i / kPixels] += expected[i] / static_cast<double>(kPixels);
    for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(report->channels[c], channels[c], 1e-9);
  }
}

TEST_F(MeanImageTest, WhatMakesNoSenseLeavesNothing) {
  WritePicture(pictures() / "1.ppm", 1);
  const auto code = [&](const MeanImageOptions& options, const char* name) {
    return WriteMeanImage(options, folder() / name).status().code();
  };
  EXPECT_EQ(code(Options(), "mean.txt"), StatusCode::kInvalidArgument);
  WriteWhole(folder() / "there.npy", "mine");
  EXPECT_EQ(code(Options(), "there.npy"), StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadWhole(folder() / "there.npy"), "mine");
  MeanImageOptions options = Options();
  options.size = 4;
  EXPECT_EQ(code(options, "mean.npy"), StatusCode::kInvalidArgument);
  options = Options();
  options.pictures.paths = {folder() / "none.ppm"};
  EXPECT_EQ(code(options, "mean.npy"), StatusCode::kNotFound);
  std::stop_source stop;
  stop.request_stop();
  options = Options();
  options.pictures.stop = stop.get_token();
  EXPECT_EQ(code(options, "mean.npy"), StatusCode::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(folder() / "mean.npy"));
}

}  // namespace
}  // namespace hashlens
