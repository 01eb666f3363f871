// Libraries of every format version open for ever: tests/golden/library-vN.hashlens, and one whose
// features are of feature file version 2, made from it by `compact --features int8`.
#include "base/test_paths.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

TEST(GoldenLibrary, Version1OpensSearchesAndVerifies) {
  const TempFolder temp;  // opening may leave SQLite's -shm file behind
  const Path library = temp.path() / "library-v1.hashlens";
  std::filesystem::copy(SourceDir() / "tests/golden/library-v1.hashlens", library,
                        std::filesystem::copy_options::recursive);
  const auto report = VerifyLibraryAt(library);
  ASSERT_TRUE(report.ok()) << report.status().message();
  for (const std::string& problem : report->problems) ADD_FAILURE() << problem;
  EXPECT_EQ(report->images, 4u);

  const auto opened = Library::Open(library);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const auto info = opened->Info();
  ASSERT_TRUE(info.ok());
  EXPECT_EQ(info->bits, 32);
  EXPECT_EQ(info->dim, kTestDim);
  EXPECT_EQ(info->removed, 1u);
  EXPECT_EQ(info->failures, 1u);

  // Made when the library was: path, bits that differ, distance to image 1.
  const std::vector<std::tuple<std::string, uint32_t, float>> expected = {{"0.png", 0, 0.000000F},
                                                                          {"2.png", 3, 0.394778F},
                                                                          {"1.png", 4, 0.500995F},
                                                                          {"4.png", 3, 0.712774F}};
  SearchOptions options;
  options.filter.tags = {{"made", "2026"}};
  const Query query{{}, 1};
  const auto results = opened->Search(std::span(&query, 1), options);
  ASSERT_TRUE(results.ok() && (*results)[0].ok());
  const std::vector<Hit>& hits = (*results)[0]->hits;
  ASSERT_EQ(hits.size(), expected.size());
  for (size_t i = 0; i < hits.size(); ++i) {
    const auto& [name, hamming, distance] = expected[i];
    EXPECT_EQ(hits[i].path.filename(), name);
    EXPECT_EQ(hits[i].hamming, hamming);
    EXPECT_NEAR(*hits[i].distance, distance, 1e-4);
  }
}

TEST(GoldenLibrary, Version1WithEightBitsAValueOpensSearchesAndVerifies) {
  const TempFolder temp;
  const Path library = temp.path() / "library-v1-int8.hashlens";
  std::filesystem::copy(SourceDir() / "tests/golden/library-v1-int8.hashlens", library,
                        std::filesystem::copy_options::recursive);
  const auto report = VerifyLibraryAt(library);
  ASSERT_TRUE(report.ok()) << report.status().message();
  for (const std::string& problem : report->problems) ADD_FAILURE() << problem;
  const auto opened = Library::Open(library);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_EQ(opened->Info()->features->kind, FeatureForm::Kind::kInt8);
  const Query query{{}, 1};
  const auto results = opened->Search(std::span(&query, 1), {});
  ASSERT_TRUE(results.ok() && (*results)[0].ok());
  std::vector<std::string> names;
  for (const Hit& hit : (*results)[0]->hits) names.push_back(hit.path.filename());
  EXPECT_EQ(names, (std::vector<std::string>{"0.png", "2.png", "1.png", "4.png"}));
  EXPECT_NEAR(*(*results)[0]->hits[1].distance, 0.3938F, 1e-3);
}

}  // namespace
}  // namespace hashlens
