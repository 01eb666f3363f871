// Features that come from elsewhere, for networks that put a constant behind theirs.
#include "library/feature_maker.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/half.h"

namespace hashlens {
namespace {

constexpr int kNumbers = 4;  // of a feature without the constant

class StandIn : public Encoder {
 public:
  explicit StandIn(float constant) : constant_(constant) {}
  int dim() const override { return kNumbers + (constant_ > 0 ? 1 : 0); }
  int input_size() const override { return 8; }
  float constant() const override { return constant_; }
  Status Encode(std::span<const uint8_t>, std::span<float>) override {
    return Unsupported("no picture is encoded here");
  }

 private:
  float constant_;
};

FeatureMaker Maker(float constant) {
  return FeatureMaker(std::make_shared<StandIn>(constant), NetworkInput(), Limits());
}

double Length(const std::vector<float>& numbers) {
  double squares = 0;
  for (const float number : numbers) squares += double{number} * number;
  return std::sqrt(squares);
}

TEST(FeatureMakerTest, TheConstantIsPutBehindAFeatureThatLacksIt) {
  const FeatureMaker maker = Maker(2);
  const std::vector<float> with = {10, -20, 5, 20, 2};
  const auto whole = maker.Take(with);
  const auto lacking = maker.Take(std::span(with).first(kNumbers));
  ASSERT_TRUE(whole.ok() && lacking.ok()) << lacking.status().message();
  EXPECT_EQ(lacking->values, whole->values);
  EXPECT_DOUBLE_EQ(lacking->length, Length(with));
  EXPECT_DOUBLE_EQ(whole->length, Length(with));
}

TEST(FeatureMakerTest, TheConstantTellsHowLongAScaledFeatureWas) {
  const FeatureMaker maker = Maker(2);
  const std::vector<float> raw = {10, -20, 5, 20, 2};
  const auto stored = maker.Take(raw);  // of unit length, rounded to fp16
  ASSERT_TRUE(stored.ok());
  const auto again = maker.Take(stored->values);
  ASSERT_TRUE(again.ok());
  EXPECT_NEAR(again->length / Length(raw), 1, 1e-3);
  EXPECT_EQ(Maker(0).Take(std::vector<float>{0, 3, 0, 4})->length, 5);
}

TEST(FeatureMakerTest, FeaturesThatDoNotFitAreRefused) {
  const std::vector<float> unit = {0.5F, -0.5F, 0.5F, 0.5F};
  const auto scaled = Maker(2).Take(unit);
  EXPECT_EQ(scaled.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(scaled.status().message().find("unit length"), std::string::npos);
  EXPECT_TRUE(Maker(0.0625F).Take(unit).ok());  // the network's own have length 1
  EXPECT_TRUE(Maker(0).Take(unit).ok());
  const auto wrong = Maker(2).Take(std::span(unit).first(3));
  EXPECT_EQ(wrong.status().message(), "a feature of 3 numbers; the model's have 4");
  EXPECT_EQ(Maker(0).Take(std::vector<float>(5)).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hashlens
