#include <gtest/gtest.h>

#include "exchange/label_names.h"
#include "hashlens/database.h"
#include "library/test_library.h"
#include "source/datum.h"
#include "source/lmdb_writer.h"

namespace hashlens {
namespace {

class ExchangeTest : public LibraryTest {
 protected:
  Path database() const { return folder() / "lmdb"; }

  // An encoded Datum of WritePicture's kind.
  std::string Encoded(uint64_t seed, int label) const {
    const Path path = folder() / "bytes.ppm";
    WritePicture(path, seed);
    const std::string bytes = ReadWhole(path);
    Datum datum;
    datum.data = bytes;
    datum.label = label;
    datum.encoded = true;
    return EncodeDatum(datum);
  }
  void Write(const std::vector<std::string>& values) const {
    std::filesystem::remove_all(database());
    auto writer = LmdbWriter::Create(database());
    ASSERT_TRUE(writer.ok());
    for (size_t i = 0; i < values.size(); ++i)
      ASSERT_TRUE((*writer)->Put(std::to_string(100 + i), values[i]).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
  }
  IndexReport Add(AddDatabaseOptions options = {}) const {
    if (options.path.empty()) options.path = database();
    auto writer = Writer();
    EXPECT_TRUE(writer.ok());
    auto report = AddDatabase(&*writer, options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? *report : IndexReport();
  }
  std::map<std::string, std::vector<Tag>> Tags() const {
    std::map<std::string, std::vector<Tag>> tags;
    EXPECT_TRUE(ListImages(library(), {}, [&](const ImageInfo& image) {
                  tags[image.path.native()] = image.tags;
                  return true;
                }).ok());
    return tags;
  }
};

TEST_F(ExchangeTest, RecordsBecomeImagesWithTheirLabels) {
  Write({Encoded(1, 0), Encoded(2, 1), "no Datum", Encoded(3, 5)});
  WriteWhole(folder() / "names.txt", "cat\r\ndog\n");
  AddDatabaseOptions options;
  options.label_names = folder() / "names.txt";
  options.tags = {{"set", "train"}};
  options.path = database();
  const IndexReport report = Add(options);
  EXPECT_EQ(report.added, 3U);
  EXPECT_EQ(report.failed, 1U);
  EXPECT_EQ(report.missing, 0U);  // it is listed as a failure
  ASSERT_EQ(report.failures.size(), 1U);
  EXPECT_TRUE(report.failures[0].starts_with((database() / "102: not a Datum").native()));
  const auto tags = Tags();
  EXPECT_EQ(tags.size(), 3U);
  const auto at = [&](const char* key) { return tags.at((database() / key).native()); };
  EXPECT_EQ(at("100"), (std::vector<Tag>{{"label", "cat"}, {"set", "train"}}));
  EXPECT_EQ(at("103"), (std::vector<Tag>{{"label", "5"}, {"set", "train"}}));
  EXPECT_EQ(Add().unchanged, 3U);
  Write({Encoded(1, 0), Encoded(9, 1), Encoded(4, 4)});
  const IndexReport changed = Add();
  EXPECT_EQ(changed.unchanged, 1U);
  EXPECT_EQ(changed.replaced, 1U);
  EXPECT_EQ(changed.added, 2U);
}

TEST_F(ExchangeTest, WhatConvertWritesIsWhatItRead) {
  for (uint64_t i = 0; i < 6; ++i)
    WritePicture(pictures() / (i % 2 == 0 ? "7" : "-3") / (std::to_string(i) + ".ppm"), i);
  ConvertOptions options;
  options.data = pictures();
  options.output = database();
  const auto report = ConvertToLmdb(options);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->written, 6U);
  EXPECT_TRUE(report->classes.empty());
  EXPECT_EQ(Add().added, 6U);
  const auto tags = Tags();
  EXPECT_EQ(tags.begin()->first, (database() / "00000000_1.ppm").native());
  EXPECT_EQ(tags.begin()->second, (std::vector<Tag>{{"label", "-3"}}));
  EXPECT_EQ(tags.rbegin()->second, (std::vector<Tag>{{"label", "7"}}));
  EXPECT_EQ(ConvertToLmdb(options).status().code(), StatusCode::kInvalidArgument);
  std::stop_source stop;
  stop.request_stop();
  options.stop = stop.get_token();
  options.output = folder() / "other";
  EXPECT_EQ(ConvertToLmdb(options).status().code(), StatusCode::kCancelled);
  EXPECT_FALSE(std::filesystem::exists(options.output));
  options.data = folder() / "labels.csv";
  WriteWhole(options.data, "pictures/7/0.ppm,a;b\npictures/7/2.ppm,c\n");
  options.stop = {};
  EXPECT_EQ(ConvertToLmdb(options).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(ExchangeTest, ALookTellsDatabasesAndLists) {
  Write({Encoded(1, 0)});
  EXPECT_TRUE(IsDatabase(database()));
  for (const auto& [text, is] : {std::pair{"a.jpg 1\n", true},
                                 {"\n a b.jpg\t-4", true},
                                 {"just text\n", false},
                                 {"", false},
                                 {"1\n", false}}) {
    WriteWhole(folder() / "list.txt", text);
    EXPECT_EQ(IsDatabase(folder() / "list.txt"), is) << text;
  }
  // A line that is broken is one line.
  WriteWhole(folder() / "list.txt", std::string("a.jpg 1\nb\0.jpg 2\n", 17));
  EXPECT_TRUE(IsDatabase(folder() / "list.txt"));
  WriteWhole(folder() / "list.csv", "a.jpg 1\n");
  EXPECT_FALSE(IsDatabase(folder() / "list.csv"));
  EXPECT_FALSE(IsDatabase(folder()));
  EXPECT_FALSE(IsDatabase(folder() / "nothing"));
}

TEST(LabelNamesTest, DigitsWhereThereIsNoName) {
  TempFolder temp;
  WriteWhole(temp.path() / "names", "\xef\xbb\xbfzero\n\ntwo words \n");
  auto names = LabelNames::Read(temp.path() / "names");
  ASSERT_TRUE(names.ok());
  EXPECT_EQ(names->Of(0), "zero");
  EXPECT_EQ(names->Of(1), "1");
  EXPECT_EQ(names->Of(2), "two words");
  EXPECT_TRUE(names->Complete().ok());
  EXPECT_EQ(names->Of(3), "3");
  EXPECT_NE(names->Complete().message().find("the label 3"), std::string::npos);
  EXPECT_EQ(names->Of(-1), "-1");
  EXPECT_EQ(LabelNames().Of(0), "0");
  EXPECT_EQ(LabelNames::Read(temp.path() / "nothing").status().code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace hashlens
