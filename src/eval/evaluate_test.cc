// From pictures to figures, with a tiny network.
#include <gtest/gtest.h>

#include "data/labelled_set.h"
#include "hash/fit.h"
#include "hashlens/eval.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

class EvaluateTest : public LibraryTest {
 protected:
  // `count` pictures a class on a side, in folders of the classes' names.
  void MakeSide(const std::string& side, int count, uint64_t seed) const {
    for (const char* kind : {"ant", "bee", "cat"}) {
      for (int i = 0; i < count; ++i)
        WritePicture(folder() / side / kind / (std::to_string(i) + ".ppm"), ++seed);
    }
  }
  EvalOptions Options() const {
    EvalOptions options;
    options.model = model();
    options.database = folder() / "database";
    options.queries = folder() / "queries";
    options.k = 10;
    options.open = open();
    return options;
  }
};

TEST_F(EvaluateTest, JudgesEveryHeadAndTheFeatures) {
  MakeSide("database", 10, 0);
  MakeSide("queries", 3, 1000);
  const auto report = Evaluate(Options());
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->database.pictures, 30u);
  EXPECT_EQ(report->queries.pictures, 9u);
  EXPECT_EQ(report->classes, 3u);
  EXPECT_FALSE(report->multi_label);
  EXPECT_EQ(report->in_both + report->unanswerable, 0u);
  EXPECT_EQ(report->dim, kTestDim);
  ASSERT_EQ(report->methods.size(), 5u);
  std::vector<std::string> names;
  for (const EvalMethod& method : report->methods) {
    names.push_back(method.name + " " + std::to_string(method.bits));
    EXPECT_GT(method.map_at_k, 0);
    EXPECT_LE(method.map_at_k, 1);
    EXPECT_EQ(method.at.back().k, 20u);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"codes 12", "codes + re-rank 12", "codes 16",
                                             "codes + re-rank 16", "features 0"}));
  // All rows are candidates, so re-ranking with the same mean would order as the features do.
  EXPECT_TRUE(report->methods[0].expected_map_at_k);
  EXPECT_EQ(report->methods[0].bytes_per_image, 2);
  EXPECT_EQ(report->methods[1].bytes_per_image, 2 + 2 * kTestDim);
}

TEST_F(EvaluateTest, OneHeadAloneAndSamples) {
  MakeSide("database", 10, 0);
  MakeSide("queries", 5, 1000);
  EvalOptions options = Options();
  options.bits = 16;
  options.sample_database = 4;
  options.sample_queries = 2;
  const auto report = Evaluate(options);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->methods.size(), 3u);
  EXPECT_EQ(report->database.pictures, 12u);
  EXPECT_EQ(report->queries.pictures, 6u);
  const auto again = Evaluate(options);
  EXPECT_EQ(again->methods[0].map_at_k, report->methods[0].map_at_k);
  options.bits = 64;
  EXPECT_EQ(Evaluate(options).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(EvaluateTest, TheSamePicturesOnBothSidesDoNotFindThemselves) {
  MakeSide("database", 6, 0);
  EvalOptions options = Options();
  options.queries = options.database;
  const auto report = Evaluate(options);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->in_both, 18u);
  // Random pictures: were each found first, the precision at 1 would be 1.
  EXPECT_LT(report->methods.back().at[0].precision, 1);
}

TEST_F(EvaluateTest, AClassOnOneSideOnlyIsFine) {
  MakeSide("database", 6, 0);
  MakeSide("queries", 2, 1000);
  std::filesystem::remove_all(folder() / "database/bee");
  const auto report = Evaluate(Options());
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->unanswerable, 2u);
  EXPECT_EQ(report->classes, 3u);
  EXPECT_EQ(report->database.classes, 2u);
}

TEST_F(EvaluateTest, UnreadablePicturesAreLeftOutUpToATenth) {
  MakeSide("database", 10, 0);
  MakeSide("queries", 3, 1000);
  WriteWhole(folder() / "database/ant/broken.jpg", "no picture");
  const auto report = Evaluate(Options());
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->database.failed, 1u);
  ASSERT_EQ(report->database.failures.size(), 1u);
  EXPECT_NE(report->database.failures[0].find("broken.jpg"), std::string::npos);
  for (const char* name : {"b2.jpg", "b3.jpg", "b4.jpg"})
    WriteWhole(folder() / "database/ant" / name, "no picture");
  const auto failed = Evaluate(Options());
  EXPECT_EQ(failed.status().code(), StatusCode::kCorruption);
  EXPECT_TRUE(failed.status().message().starts_with("4 of 34 pictures"))
      << failed.status().message();
}

TEST_F(EvaluateTest, StopsAndFindsNothingWhereNothingIs) {
  MakeSide("database", 6, 0);
  EvalOptions options = Options();
  EXPECT_EQ(Evaluate(options).status().code(), StatusCode::kNotFound);
  options.queries = options.database;
  std::stop_source source;
  source.request_stop();
  options.stop = source.get_token();
  EXPECT_EQ(Evaluate(options).status().code(), StatusCode::kCancelled);
  options.model = folder() / "nothing";
  EXPECT_EQ(Evaluate(options).status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace hashlens
