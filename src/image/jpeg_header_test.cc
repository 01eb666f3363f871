#include "image/jpeg_header.h"

#include <gtest/gtest.h>

#include <string>

#include "image/test_pictures.h"

namespace hashlens {
namespace {

using std::string_literals::operator""s;

std::string ProfilePart(int number, int count, const std::string& bytes) {
  return "ICC_PROFILE\0"s + static_cast<char>(number) + static_cast<char>(count) + bytes;
}

TEST(ReadJpegHeader, FindsSizeScansAndOrientation) {
  const auto plain = ReadJpegHeader(AsBytes(JpegFile(TestPicture(31, 17))));
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->width, 31);
  EXPECT_EQ(plain->height, 17);
  EXPECT_EQ(plain->components, 3);
  EXPECT_EQ(plain->scans, 1);
  EXPECT_EQ(plain->orientation, 1);
  EXPECT_TRUE(plain->icc.empty());
  const std::string progressive = JpegFile(TestPicture(31, 17), 95, 0, true);
  const auto turned = ReadJpegHeader(AsBytes(WithSegment(progressive, 0xe1, ExifPayload(6))));
  ASSERT_TRUE(turned.ok());
  EXPECT_EQ(turned->orientation, 6);
  EXPECT_GT(turned->scans, 1);
}

TEST(ReadJpegHeader, TakesSenselessOrientationsForUpright) {
  const std::string jpeg = JpegFile(TestPicture(8, 8));
  for (const auto& payload : {ExifPayload(0), ExifPayload(9), ExifPayload(65535), "Exif\0\0"s,
                              ExifPayload(6).substr(0, 20), "Exif\0\0garbage"s}) {
    const auto header = ReadJpegHeader(AsBytes(WithSegment(jpeg, 0xe1, payload)));
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header->orientation, 1);
  }
}

TEST(ReadJpegHeader, JoinsTheProfilePartsByTheirNumbers) {
  std::string jpeg = JpegFile(TestPicture(8, 8));
  jpeg = WithSegment(jpeg, 0xe2, ProfilePart(1, 2, "first"));
  EXPECT_TRUE(ReadJpegHeader(AsBytes(jpeg))->icc.empty());  // a part is missing
  jpeg = WithSegment(jpeg, 0xe2, ProfilePart(2, 2, "second"));
  const auto icc = ReadJpegHeader(AsBytes(jpeg))->icc;
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(icc.data()), icc.size()), "firstsecond");
}

TEST(ReadJpegHeader, SeesEveryTruncation) {
  const std::string jpeg = WithSegment(JpegFile(TestPicture(40, 30)), 0xe1, ExifPayload(3));
  for (size_t size = 0; size < jpeg.size(); ++size) {
    EXPECT_EQ(ReadJpegHeader(AsBytes(jpeg.substr(0, size))).status().code(),
              StatusCode::kCorruption)
        << size;
  }
}

TEST(ReadJpegHeader, ASizeWithoutTheBytesForItIsTruncated) {
  std::string jpeg = JpegFile(FlatPicture(64, 64, {9, 9, 9}));
  const size_t frame = jpeg.find("\xff\xc0"s);
  ASSERT_NE(frame, std::string::npos);
  jpeg.replace(frame + 5, 4, "\x3e\x80\x3e\x80"s);  // 16000 x 16000
  EXPECT_EQ(ReadJpegHeader(AsBytes(jpeg)).status().code(), StatusCode::kCorruption);
}

TEST(ReadJpegHeader, TheEmptiestRealPicturesPassThatCheck) {
  for (const bool progressive : {false, true}) {
    for (const int subsampling : {0, 2}) {  // 4:4:4 and 4:2:0
      const std::string jpeg =
          JpegFile(FlatPicture(900, 700, {128, 128, 128}), 1, subsampling, progressive);
      EXPECT_TRUE(ReadJpegHeader(AsBytes(jpeg)).ok()) << jpeg.size();
    }
  }
}

}  // namespace
}  // namespace hashlens
