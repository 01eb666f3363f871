#include <gtest/gtest.h>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "data/labelled_set.h"
#include "data/split.h"
#include "source/datum.h"
#include "source/lmdb_writer.h"

namespace hashlens {
namespace {

std::string Grey(std::string_view pixels, int label) {
  Datum datum;
  datum.channels = 1;
  datum.height = 1;
  datum.width = static_cast<int>(pixels.size());
  datum.data = pixels;
  datum.label = label;
  return EncodeDatum(datum);
}

std::string Text(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class DatabaseSet : public testing::Test {
 protected:
  void Write(const std::vector<std::pair<std::string, std::string>>& records) {
    auto writer = LmdbWriter::Create(folder_);
    ASSERT_TRUE(writer.ok());
    for (const auto& [key, value] : records) ASSERT_TRUE((*writer)->Put(key, value).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
  }
  std::string WhyNot() {
    const auto set = ReadLabelledSet(folder_);
    EXPECT_FALSE(set.ok());
    return set.status().message();
  }

  TempFolder temp_;
  Path folder_ = temp_.path() / "train_lmdb";
};

TEST_F(DatabaseSet, PicturesAndLabels) {
  Write({{"00_a/b.jpg", Grey("AB", 10)}, {"01", Grey("CD", 2)}, {"02%", Grey("EF", 10)}});
  const auto set = ReadLabelledSet(folder_ / "");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->classes, (std::vector<std::string>{"10", "2"}));
  ASSERT_EQ(set->pictures.size(), 3U);
  EXPECT_EQ(set->pictures[0].path, folder_ / "00_a/b.jpg");
  EXPECT_EQ(set->pictures[2].path, folder_ / "02%25");
  EXPECT_EQ(set->pictures[0].labels, std::vector<int>{0});
  EXPECT_EQ(set->pictures[1].labels, std::vector<int>{1});
  // Parts of a set find their pictures, too.
  const LabelledSet sample = Sample(*set, 1, 1);
  for (const auto& picture : sample.pictures) EXPECT_TRUE(ReadPicture(picture, 1000).ok());
  EXPECT_EQ(Text(*ReadPicture(set->pictures[2], 1000)), "P5\n2 1\n255\nEF");
  EXPECT_EQ(ReadPicture(set->pictures[2], 5).status().message(), "13 bytes, over the limit of 5");
}

TEST_F(DatabaseSet, AFewBrokenRecordsAreListedAndManyAreAnError) {
  std::vector<std::pair<std::string, std::string>> records;
  for (int i = 0; i < 20; ++i)
    records.emplace_back(std::to_string(10 + i), i == 7 ? "no Datum" : Grey("AB", i % 2));
  Write(records);
  const auto set = ReadLabelledSet(folder_);
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->pictures.size(), 19U);
  ASSERT_EQ(set->unreadable.size(), 1U);
  EXPECT_TRUE(set->unreadable[0].starts_with((folder_ / "17: not a Datum").native()));
  std::filesystem::remove_all(folder_);
  for (int i = 0; i < 3; ++i) records[static_cast<size_t>(i)].second = "no Datum";
  Write(records);
  EXPECT_TRUE(WhyNot().starts_with("4 of 20 records cannot be read")) << WhyNot();
}

TEST_F(DatabaseSet, WhatMakesNoSenseIsSaid) {
  Write({{"0", Grey("AB", 1)}, {"1", Grey("CD", 1)}});
  EXPECT_EQ(WhyNot(), folder_.native() + ": only one label, 1; two are needed");
  std::filesystem::remove_all(folder_);
  Write({});
  EXPECT_EQ(WhyNot(), folder_.native() + ": holds no pictures");
  std::filesystem::remove_all(folder_);
  Datum datum;
  datum.float_data = {1, 2};
  Write({{"0", EncodeDatum(datum)}});
  EXPECT_EQ(WhyNot(), folder_.native() + ": holds features, not pictures");
}

}  // namespace
}  // namespace hashlens
