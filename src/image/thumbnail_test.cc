#include "image/thumbnail.h"

#include <gtest/gtest.h>

#include "image/decode.h"
#include "image/test_pictures.h"

namespace hashlens {
namespace {

TEST(EncodeThumbnail, KeepsProportionsAndNeverEnlarges) {
  struct Case {
    int width, height, max_side, thumb_width, thumb_height;
  };
  for (const Case& c : {Case{400, 300, 160, 160, 120}, Case{300, 400, 160, 120, 160},
                        Case{50, 40, 160, 50, 40}, Case{160, 3, 160, 160, 3},
                        Case{1, 5000, 100, 1, 100}, Case{1, 1, 1, 1, 1}, Case{400, 300, 1, 1, 1}}) {
    const auto file = EncodeThumbnail(TestPicture(c.width, c.height), c.max_side);
    ASSERT_TRUE(file.ok()) << file.status().message();
    const auto decoded = DecodeImage(AsBytes(*file), {});
    ASSERT_TRUE(decoded.ok()) << decoded.status().message();
    EXPECT_EQ(decoded->image.width, c.thumb_width);
    EXPECT_EQ(decoded->image.height, c.thumb_height);
  }
}

TEST(EncodeThumbnail, LooksLikeThePicture) {
  const auto file = EncodeThumbnail(TestPicture(640, 480), 64, 95);
  ASSERT_TRUE(file.ok());
  EXPECT_LT(MeanDifference(DecodeImage(AsBytes(*file), {})->image, TestPicture(64, 48)), 4);
}

TEST(EncodeThumbnail, RefusesSenselessArguments) {
  EXPECT_EQ(EncodeThumbnail(Image{}, 100).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeThumbnail(TestPicture(2, 2), 0).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeThumbnail(TestPicture(2, 2), 5, 0).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeThumbnail(TestPicture(2, 2), 5, 101).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(EncodeThumbnail(TestPicture(70000, 1), 70000).status().code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hashlens
