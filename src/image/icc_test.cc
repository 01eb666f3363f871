#include "base/icc.h"

#include <gtest/gtest.h>

#include <string>

#include "image/test_pictures.h"

namespace hashlens {
namespace {

TEST(ClassifyProfile, TellsSrgbFromOthersByItsNumbers) {
  const std::string srgb = ProfileBytes("srgb"), p3 = ProfileBytes("p3"),
                    cmyk = ProfileBytes("cmyk");
  ASSERT_FALSE(srgb.empty() || p3.empty() || cmyk.empty());
  EXPECT_EQ(ClassifyProfile(AsBytes(srgb), 3), ProfileKind::kSrgb);
  EXPECT_EQ(ClassifyProfile(AsBytes(p3), 3), ProfileKind::kOther);
  EXPECT_EQ(ClassifyProfile(AsBytes(cmyk), 4), ProfileKind::kOther);
}

TEST(ClassifyProfile, IgnoresAProfileForOtherChannels) {
  EXPECT_EQ(ClassifyProfile(AsBytes(ProfileBytes("p3")), 1), ProfileKind::kNone);
  EXPECT_EQ(ClassifyProfile(AsBytes(ProfileBytes("p3")), 4), ProfileKind::kNone);
  EXPECT_EQ(ClassifyProfile(AsBytes(ProfileBytes("cmyk")), 3), ProfileKind::kNone);
  EXPECT_EQ(ClassifyProfile({}, 3), ProfileKind::kNone);
}

TEST(ClassifyProfile, NeverReadsOutsideAndNeverTakesABrokenOneForSrgbByChance) {
  const std::string srgb = ProfileBytes("srgb");
  for (size_t size = 0; size < srgb.size(); ++size) {
    // An exact copy on the heap, so that a sanitizer sees any step beyond it.
    const std::vector<char> part(srgb.begin(), srgb.begin() + static_cast<ptrdiff_t>(size));
    const auto kind = ClassifyProfile(std::as_bytes(std::span(part)), 3);
    if (size < 132) {
      EXPECT_EQ(kind, ProfileKind::kNone) << size;
    }
  }
  for (size_t at = 128; at < srgb.size(); ++at) {
    std::string flipped = srgb;
    flipped[at] = static_cast<char>(~flipped[at]);
    EXPECT_NE(ClassifyProfile(AsBytes(flipped), 3), ProfileKind::kNone) << at;
  }
}

}  // namespace
}  // namespace hashlens
