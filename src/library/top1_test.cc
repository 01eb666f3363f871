// The real network on real photos: does it still know what it knew when it was published?
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/temp_folder.h"
#include "base/test_paths.h"
#include "base/try.h"
#include "library/feature_maker.h"
#include "model/model_package.h"

namespace hashlens {
namespace {

constexpr int kClasses = 1000;
constexpr int kDim = 1280;
constexpr int kClassesPerPhoto = 5;  // photo i, in order of names, shows class 5 i

std::vector<float> ReadFloats(const Path& path) {
  const auto bytes = ReadFile(path, 1 << 24);
  if (!bytes.ok()) return {};
  std::vector<float> values(bytes->size() / sizeof(float));
  for (size_t i = 0; i < values.size(); ++i) values[i] = LoadLittleEndian<float>(&(*bytes)[i * 4]);
  return values;
}

// 200 ImageNet photos, where a copy of them lies beside the project; see docs/benchmarks.md.
Path PhotosArchive() {
  if (const char* named = std::getenv("HASHLENS_SAMPLE_PHOTOS")) return named;
  return SourceDir() / "../shared/data/imagenet-samples.tar.gz";
}

TEST(Top1, IsThePublishedOneOnSamplePhotos) {
  const Path archive = PhotosArchive();
  if (!std::filesystem::exists(archive)) {
    GTEST_SKIP() << archive << " is not there; HASHLENS_SAMPLE_PHOTOS names it";
  }
  const TempFolder temp;
  const std::string unpack =
      "tar -xzf '" + archive.native() + "' -C '" + temp.path().native() + "'";
  ASSERT_EQ(std::system(unpack.c_str()), 0);
  std::vector<Path> photos;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(temp.path())) {
    if (entry.path().extension() == ".JPEG") photos.push_back(entry.path());
  }
  ASSERT_EQ(photos.size(), 200u);
  std::sort(photos.begin(), photos.end());

  const Path parts = DepsDir() / "models/efficientnet-lite0-parts";
  const auto package = WriteModelPackage(temp.path() / "package", "efficientnet-lite0", kDim,
                                         NetworkInput(), parts / "network.xml", {});
  ASSERT_TRUE(package.ok()) << package.status().message() << "; run tools/setup.sh";
  auto encoder = LoadEncoder(*package, {});
  ASSERT_TRUE(encoder.ok()) << encoder.status().message();
  const FeatureMaker maker(std::move(*encoder), package->input, {});
  const std::vector<float> directions = ReadFloats(parts / "directions.f32");
  const std::vector<float> bias = ReadFloats(parts / "classifier_bias.f32");
  ASSERT_EQ(directions.size(), size_t{kClasses} * kDim);

  int right = 0;
  for (size_t photo = 0; photo < photos.size(); ++photo) {
    MadeFeature made;
    const auto input = maker.MakeInput(photos[photo], &made);
    ASSERT_TRUE(input.ok()) << photos[photo] << ": " << input.status().message();
    ASSERT_TRUE(maker.RunNetwork(*input, &made).ok());
    std::vector<float> scores = bias;
    for (size_t row = 0; row < scores.size(); ++row) {
      for (size_t i = 0; i < kDim; ++i) scores[row] += directions[row * kDim + i] * made.values[i];
    }
    const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
    right += best == static_cast<ptrdiff_t>(photo) * kClassesPerPhoto ? 1 : 0;
  }
  RecordProperty("right_of_200", right);
  EXPECT_GE(right, 178);  // 180 with Pillow's decoding and resampling, in fp32 and in bf16
}

}  // namespace
}  // namespace hashlens
