// Files of mean images, as import-caffe reads them.
#include "library/mean_picture.h"

#include <gtest/gtest.h>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "model/caffe/mean.h"

namespace hashlens {
namespace {

TEST(MeanPictureTest, BothFormatsAreReadAsTheyWereWritten) {
  const TempFolder temp;
  for (const int size : {1, 8, 227}) {
    std::vector<float> values(size_t{3} * static_cast<size_t>(size) * static_cast<size_t>(size));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 777.0F;
    for (const char* name : {"mean.binaryproto", "mean.npy"}) {
      const Path file = temp.path() / name;
      WriteWhole(file, MeanFileBytes(*MeanFormatOf(file), size, values));
      const auto mean = ReadCaffeMean(file.native());
      ASSERT_TRUE(mean.ok()) << mean.status().message();
      EXPECT_EQ(mean->channels, 3);
      EXPECT_EQ(mean->height, size);
      EXPECT_EQ(mean->width, size);
      EXPECT_EQ(mean->values, values);
    }
  }
  EXPECT_FALSE(MeanFormatOf("mean.png"));
}

}  // namespace
}  // namespace hashlens
