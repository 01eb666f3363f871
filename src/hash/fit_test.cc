#include "hash/fit.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cmath>
#include <limits>

#include "hash/test_features.h"
#include "hash/test_targets.h"

namespace hashlens {
namespace {

constexpr FitMethod kAllMethods[] = {FitMethod::kItq, FitMethod::kIsoHash, FitMethod::kPca,
                                     FitMethod::kLsh};

void ExpectSound(const HashHead& head) {
  ASSERT_EQ(head.mean.size(), static_cast<size_t>(head.dim));
  ASSERT_EQ(head.weights.size(), static_cast<size_t>(head.dim) * static_cast<size_t>(head.bits));
  ASSERT_EQ(head.bias.size(), static_cast<size_t>(head.bits));
  const size_t dim = static_cast<size_t>(head.dim);
  for (size_t b = 0; b < head.bias.size(); ++b) {
    double length2 = 0, at_mean = 0;
    for (size_t i = 0; i < dim; ++i) {
      const double weight = static_cast<double>(head.weights[b * dim + i]);
      length2 += weight * weight;
      at_mean += weight * static_cast<double>(head.mean[i]);
    }
    EXPECT_NEAR(length2, 1, 1e-5) << b;
    EXPECT_NEAR(static_cast<double>(head.bias[b]), -at_mean, 1e-6) << b;
  }
}

bool SameBits(const HashHead& a, const HashHead& b) {
  return a.weights == b.weights && a.bias == b.bias &&
         a.mean == b.mean;  // finite: == compares all but zero's sign
}

TEST(ParseFitMethod, KnowsTheNamesAndListsThem) {
  EXPECT_EQ(*ParseFitMethod("itq"), FitMethod::kItq);
  EXPECT_EQ(*ParseFitMethod("isohash"), FitMethod::kIsoHash);
  EXPECT_EQ(*ParseFitMethod("pca"), FitMethod::kPca);
  EXPECT_EQ(*ParseFitMethod("lsh"), FitMethod::kLsh);
  const Status status = ParseFitMethod("ITQ").status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("itq, isohash, pca, lsh"), std::string::npos);
}

TEST(FitHead, RecordsWhatItWasFittedWith) {
  const VectorSource source(ClusteredFeatures(400, 64, 10, 0.5, 1), 64);
  const char* names[] = {"itq", "isohash", "pca", "lsh"};
  for (size_t m = 0; m < 4; ++m) {
    const Result<HashHead> head =
        FitHead(source, {.method = kAllMethods[m], .bits = 33, .seed = 77});
    ASSERT_TRUE(head.ok()) << head.status().message();
    EXPECT_EQ(head->method, names[m]);
    EXPECT_EQ(head->bits, 33);
    EXPECT_EQ(head->dim, 64);
    EXPECT_EQ(head->seed, 77u);
    ExpectSound(*head);
  }
}

// Runs `test` on one CPU, and so on one thread.
template <typename Test>
void OnOneCpu(const Test& test) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  CPU_ZERO(&one);
  for (size_t cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  test();
  ASSERT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
}

TEST(FitHead, IsTheSameForAnyBlocksThreadsAndInstructionSet) {
  // More than one internal block of rows, and none of the sizes a multiple of anything.
  const std::vector<float> features = ClusteredFeatures(4999, 103, 20, 0.5, 2);
  for (const FitMethod method : kAllMethods) {
    const HeadFitOptions options{.method = method, .bits = 61, .seed = 5, .iterations = 5};
    const Result<HashHead> head = FitHead(VectorSource(features, 103, 3000), options);
    ASSERT_TRUE(head.ok());
    OnOneCpu([&] {
      EXPECT_TRUE(SameBits(*head, *FitHead(VectorSource(features, 103, 1), options)))
          << head->method;
    });
    OnEveryTarget([&] {
      EXPECT_TRUE(SameBits(*head, *FitHead(VectorSource(features, 103, 700), options)))
          << head->method;
    });
  }
}

TEST(FitHead, SeedChangesTheHead) {
  const VectorSource source(ClusteredFeatures(400, 64, 10, 0.5, 1), 64);
  for (const FitMethod method : {FitMethod::kItq, FitMethod::kIsoHash, FitMethod::kLsh}) {
    EXPECT_FALSE(SameBits(*FitHead(source, {.method = method, .bits = 16, .seed = 1}),
                          *FitHead(source, {.method = method, .bits = 16, .seed = 2})));
  }
}

TEST(FitHead, SaysHowManyImagesAreNeeded) {
  const VectorSource source(ClusteredFeatures(60, 200, 4, 0.5, 3), 200);
  const Status status = FitHead(source, {.bits = 128}).status();
  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "128 bits need more than 128 images, this library has 60: index more, or choose --bits "
            "up to 59; the method lsh works with any number");
  EXPECT_TRUE(FitHead(source, {.bits = 59}).ok());
  EXPECT_FALSE(FitHead(source, {.bits = 60}).ok());
  EXPECT_TRUE(FitHead(source, {.method = FitMethod::kLsh, .bits = 128}).ok());
  const Status few =
      FitHead(VectorSource(ClusteredFeatures(8, 200, 4, 0.5, 3), 200), {.bits = 8}).status();
  EXPECT_EQ(few.message(),
            "8 bits need more than 8 images, this library has 8: index more; the method lsh works "
            "with any number");
  const VectorSource none({}, 200);
  for (const FitMethod method : kAllMethods) {
    EXPECT_EQ(FitHead(none, {.method = method}).status().code(), StatusCode::kInvalidArgument);
  }
}

TEST(FitHead, RefusesImpossibleOptions) {
  const VectorSource source(ClusteredFeatures(600, 20, 4, 0.5, 3), 20);
  for (const FitMethod method : kAllMethods) {
    for (const int bits : {-1, 0, 7, 513}) {
      EXPECT_EQ(FitHead(source, {.method = method, .bits = bits}).status().code(),
                StatusCode::kInvalidArgument);
    }
    const bool fits = FitHead(source, {.method = method, .bits = 21}).ok();
    EXPECT_EQ(fits, method == FitMethod::kLsh);
    EXPECT_TRUE(FitHead(source, {.method = method, .bits = 20}).ok());
    EXPECT_EQ(FitHead(source, {.method = method, .bits = 20, .iterations = -1}).status().code(),
              StatusCode::kInvalidArgument);
  }
}

TEST(FitHead, FeaturesThatDoNotVaryStillGiveASoundHead) {
  const size_t dim = 48;
  const std::vector<float> one = ClusteredFeatures(1, dim, 1, 0.5, 3);
  std::vector<float> same, zeros(200 * dim), three = ClusteredFeatures(3, dim, 3, 0.5, 3), repeated;
  for (int r = 0; r < 200; ++r) same.insert(same.end(), one.begin(), one.end());
  for (int r = 0; r < 66; ++r) repeated.insert(repeated.end(), three.begin(), three.end());
  for (const std::vector<float>& values : {same, zeros, repeated}) {
    for (const FitMethod method : kAllMethods) {
      const Result<HashHead> head =
          FitHead(VectorSource(values, dim), {.method = method, .bits = 48});
      ASSERT_TRUE(head.ok()) << head.status().message();
      ExpectSound(*head);
    }
  }
}

TEST(FitHead, RefusesFeaturesThatAreNotNumbers) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity(), 1e20f}) {
    VectorSource source(ClusteredFeatures(300, 16, 4, 0.5, 3), 16);
    source.values()[123 * 16 + 7] = bad;
    for (const FitMethod method : kAllMethods) {
      const Status status = FitHead(source, {.method = method, .bits = 8}).status();
      EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
      EXPECT_NE(status.message().find("feature 123 "), std::string::npos) << status.message();
    }
  }
}

// A source that announces other than it gives, fails on the way, or asks for a stop in its second
// pass.
class OddSource final : public FeatureSource {
 public:
  OddSource(const VectorSource& source, int64_t more) : source_(source), more_(more) {}
  int dim() const override { return source_.dim(); }
  uint64_t rows() const override { return source_.rows() + static_cast<uint64_t>(more_); }
  Status ForEachBlock(
      const std::function<Status(std::span<const float> rows)>& use) const override {
    if (++passes == stop_at_pass) stop.request_stop();
    if (passes == fail_at_pass) return IoError("disk gone");
    return source_.ForEachBlock(use);
  }
  mutable int passes = 0;
  int stop_at_pass = 0, fail_at_pass = 0;
  mutable std::stop_source stop;

 private:
  const VectorSource& source_;
  int64_t more_;
};

TEST(FitHead, ChecksWhatTheSourceGives) {
  const VectorSource source(ClusteredFeatures(3000, 16, 4, 0.5, 3), 16);
  for (const int64_t more : {-2500, -1, 1, 2500}) {
    EXPECT_EQ(FitHead(OddSource(source, more), {.bits = 8}).status().code(),
              StatusCode::kInvalidArgument)
        << more;
  }
  for (const int pass : {1, 2}) {
    OddSource failing(source, 0);
    failing.fail_at_pass = pass;
    EXPECT_EQ(FitHead(failing, {.bits = 8}).status().message(), "disk gone");
  }
}

TEST(FitHead, StopsWhenAsked) {
  const VectorSource source(ClusteredFeatures(3000, 16, 4, 0.5, 3), 16);
  for (const int pass : {1, 2}) {
    OddSource stopping(source, 0);
    stopping.stop_at_pass = pass;
    EXPECT_EQ(FitHead(stopping, {.bits = 8}, stopping.stop.get_token()).status().code(),
              StatusCode::kCancelled);
  }
  OddSource passes(source, 0);
  EXPECT_TRUE(FitHead(passes, {.bits = 8}, passes.stop.get_token()).ok());
  EXPECT_EQ(passes.passes, 2);
}

TEST(HeadFromDirections, HasThresholdsAtTheMean) {
  const int dim = 96;
  const std::vector<float> directions = ClusteredFeatures(150, dim, 150, 0.5, 4);
  const std::vector<float> mean(dim, 0.1f);
  for (const int bits : {8, 20, 64}) {
    const Result<HashHead> head = HeadFromDirections(directions, mean, bits, 3);
    ASSERT_TRUE(head.ok()) << head.status().message();
    EXPECT_EQ(head->method, "itq-classifier");
    EXPECT_EQ(head->bits, bits);
    EXPECT_EQ(head->seed, 3u);
    EXPECT_EQ(head->mean, mean);
    ExpectSound(*head);
    if (bits == 20) {
      EXPECT_TRUE(SameBits(*head, *HeadFromDirections(directions, mean, bits, 3)));
    }
  }
  // As many bits as directions: one more than they span once centred.
  const Result<HashHead> all =
      HeadFromDirections(std::span(directions).first(40 * dim), mean, 40, 3);
  ASSERT_TRUE(all.ok());
  ExpectSound(*all);
}

TEST(HeadFromDirections, RefusesWhatMakesNoHead) {
  const int dim = 96;
  std::vector<float> directions = ClusteredFeatures(50, dim, 50, 0.5, 4);
  std::vector<float> mean(dim, 0.1f);
  const auto code = [&](std::span<const float> d, std::span<const float> m, int bits) {
    return HeadFromDirections(d, m, bits, 1).status().code();
  };
  EXPECT_EQ(code(directions, mean, 51), StatusCode::kInvalidArgument);
  EXPECT_EQ(code(directions, mean, 7), StatusCode::kInvalidArgument);
  EXPECT_EQ(code(directions, {}, 8), StatusCode::kInvalidArgument);
  EXPECT_EQ(code({}, mean, 8), StatusCode::kInvalidArgument);
  EXPECT_EQ(code(std::span(directions).subspan(1), mean, 8), StatusCode::kInvalidArgument);
  mean[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(code(directions, mean, 8), StatusCode::kInvalidArgument);
  mean[3] = 0;
  directions[100] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(code(directions, mean, 8), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hashlens
