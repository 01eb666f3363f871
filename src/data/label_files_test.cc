// Label files, CSV and JSON lines alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "data/labelled_set.h"

namespace hashlens {
namespace {

class LabelFiles : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a.jpg", "b.jpg", "c,d.jpg", "sub/e.jpg"})
      WriteWhole(folder() / name, "x");
  }
  Path folder() const { return temporary_.path() / "set"; }
  // A picture with labels, as the reader gives it.
  LabelledPicture Picture(const std::string& name, std::vector<int> labels) const {
    return {folder() / name, std::move(labels)};
  }
  Result<LabelledSet> Read(const std::string& name, const std::string& text,
                           const LabelReadOptions& options = {}) const {
    WriteWhole(folder() / name, text);
    return ReadLabelledSet(folder() / name, options);
  }
  Result<LabelledSet> Csv(const std::string& text) const { return Read("labels.csv", text); }
  Result<LabelledSet> Json(const std::string& text) const { return Read("labels.jsonl", text); }
  // What follows FILE in the message of the failure.
  std::string Why(const Result<LabelledSet>& set, StatusCode code = StatusCode::kInvalidArgument) {
    EXPECT_EQ(set.status().code(), code) << set.status().message();
    const std::string& message = set.status().message();
    const std::string prefix = (folder() / "labels.").native();
    EXPECT_TRUE(message.starts_with(prefix)) << message;
    return message.substr(message.find(':'));
  }

 private:
  TempFolder temporary_;
};

TEST_F(LabelFiles, CsvGivesPathsAndLabels) {
  const auto set =
      Csv("path,label\r\na.jpg,cat\r\n\"c,d.jpg\",\"dog; cat\"\r\nsub/../sub/e.jpg,ant\n");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->classes, (std::vector<std::string>{"ant", "cat", "dog"}));
  EXPECT_EQ(set->pictures,
            (std::vector<LabelledPicture>{Picture("a.jpg", {1}), Picture("c,d.jpg", {1, 2}),
                                          Picture("sub/e.jpg", {0})}));
  EXPECT_TRUE(set->multi_label());
}

TEST_F(LabelFiles, CsvHeadingIsOptionalAndOnlyFirst) {
  const auto plain = Csv("a.jpg,x\nb.jpg,y\n");
  ASSERT_TRUE(plain.ok());
  EXPECT_FALSE(plain->multi_label());
  EXPECT_EQ(*plain, *Csv("path,labels\na.jpg,x\nb.jpg,y"));
  EXPECT_EQ(*plain, *Csv("\xef\xbb\xbfpath,label\n\n\na.jpg, x\nb.jpg,y;y\na.jpg,x\n"));
  EXPECT_EQ(*plain, *Csv("Path, LABEL\na.jpg,x\nb.jpg,y"));
  EXPECT_EQ(Why(Csv("a.jpg,x\npath,label\nb.jpg,y\n"), StatusCode::kNotFound),
            ": 1 of 3 pictures are not there: " + (folder() / "path").native() + " (line 2)");
}

TEST_F(LabelFiles, JsonGivesPathsAndLabels) {
  const auto set = Json(
      "{\"path\": \"a.jpg\", \"label\": \"cat\"}\n\n"
      "{\"id\": 7, \"labels\": [\"dog\", \"cat\", \"dog\"], \"path\": \"c,d.jpg\"}\r\n"
      "{\"path\": \"b.jpg\", \"labels\": []}");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(set->pictures,
            (std::vector<LabelledPicture>{Picture("a.jpg", {0}), Picture("c,d.jpg", {0, 1}),
                                          Picture("b.jpg", {})}));
  EXPECT_TRUE(set->multi_label());
}

TEST_F(LabelFiles, AWholeNumberInJsonIsItsDigits) {
  const auto numbers =
      Json("{\"path\": \"a.jpg\", \"label\": 7}\n{\"path\": \"b.jpg\", \"labels\": [-1, \"7\"]}\n");
  ASSERT_TRUE(numbers.ok()) << numbers.status().message();
  EXPECT_EQ(*numbers, *Csv("a.jpg,7\nb.jpg,-1;7\n"));
}

TEST_F(LabelFiles, AbsolutePathsStayAsTheyAre) {
  const std::string a = (folder() / "a.jpg").native();
  const auto set = Csv(a + ",x\nb.jpg,y\na.jpg,x\n");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->pictures,
            (std::vector<LabelledPicture>{Picture("a.jpg", {0}), Picture("b.jpg", {1})}));
}

TEST_F(LabelFiles, BothFormsSayTheSameOfRandomSets) {
  std::mt19937_64 random(6);
  const std::vector<std::string> names = {"k,1", "\"k2\"", "k 3", "\xc3\xa4", "k5"};
  for (int round = 0; round < 20; ++round) {
    std::string csv, json;
    std::vector<std::vector<std::string>> labels;
    for (int i = 0; i < 30; ++i) {
      const std::string path = "p/\"" + std::to_string(i) + "\", .jpg";
      if (round == 0) WriteWhole(folder() / path, "x");
      std::vector<std::string> own;
      for (uint64_t n = 1 + random() % 3; n > 0; --n) own.push_back(names[random() % names.size()]);
      std::string joined;
      for (const std::string& label : own) joined += (joined.empty() ? "" : ";") + label;
      const auto quoted = [](const std::string& text) {
        std::string out = "\"";
        for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
        return out + "\"";
      };
      csv += quoted(path) + "," + quoted(joined) + "\n";
      json += nlohmann::json({{"path", path}, {"labels", own}}).dump() + "\n";
      labels.push_back(own);
    }
    const auto from_csv = Csv(csv);
    const auto from_json = Json(json);
    ASSERT_TRUE(from_csv.ok() && from_json.ok()) << from_csv.status().message();
    EXPECT_EQ(*from_csv, *from_json);
    EXPECT_TRUE(std::is_sorted(from_csv->classes.begin(), from_csv->classes.end()));
    for (size_t i = 0; i < labels.size(); ++i) {
      std::set<std::string> seen;
      for (const int label : from_csv->pictures[i].labels) {
        EXPECT_TRUE(seen.empty() || *seen.rbegin() < from_csv->classes[static_cast<size_t>(label)]);
        seen.insert(from_csv->classes[static_cast<size_t>(label)]);
      }
      EXPECT_EQ(seen, std::set<std::string>(labels[i].begin(), labels[i].end()));
    }
  }
}

TEST_F(LabelFiles, BrokenCsvLinesAreNamed) {
  EXPECT_TRUE(Why(Csv("a.jpg,x\nb.jpg\n")).starts_with(":2: a line has two fields"));
  EXPECT_TRUE(Why(Csv("a.jpg\n")).ends_with("here are 1"));
  for (const char* line : {"a.jpg;x\n", "a.jpg\tx\n"})
    EXPECT_TRUE(Why(Csv(line)).ends_with("(fields are separated by commas, not by ; or tabs)"));
  EXPECT_TRUE(Why(Csv("c,d.jpg,x\n")).starts_with(":1: a line has two fields"));
  EXPECT_EQ(Why(Csv("a.jpg,x\nb.jpg,\"y\n")), ":2: a quote is never closed");
  EXPECT_TRUE(Why(Csv("a.jpg,x\nb\".jpg,y\n")).starts_with(":2: a quote inside"));
  EXPECT_EQ(Why(Csv("a.jpg,x\nb.jpg,\n")), ":2: a label is empty");
  EXPECT_EQ(Why(Csv("a.jpg,x;\nb.jpg,y\n")), ":1: a label is empty");
  EXPECT_EQ(Why(Csv("a.jpg,x\n,y\n")), ":2: the path is empty");
  EXPECT_EQ(Why(Csv(std::string("a.jpg,x\nb\0.jpg,y\n", 17))), ":2: the path holds a NUL byte");
}

TEST_F(LabelFiles, BrokenJsonLinesAreNamed) {
  const std::string good = "{\"path\": \"a.jpg\", \"label\": \"x\"}\n";
  for (const auto& [line, why] : std::vector<std::pair<std::string, std::string>>{
           {"{\"path\": \"b.jpg\"", "not a JSON object"},
           {"[1]", "not a JSON object with path and label"},
           {"{\"path\": \"b.jpg\", \"label\": \"y\"} x", "not a JSON object"},
           {"{\"path\": \"\xff\", \"label\": \"y\"}", "not a JSON object"},
           {"{\"label\": \"y\"}", "\"path\" must be there and a string"},
           {"{\"path\": 1, \"label\": \"y\"}", "\"path\" must be there and a string"},
           {"{\"path\": \"b.jpg\"}", "either \"label\" or \"labels\" must be there"},
           {"{\"path\": \"b.jpg\", \"label\": \"y\", \"labels\": []}",
            "either \"label\" or \"labels\" must be there"},
           {"{\"path\": \"b.jpg\", \"label\": 3.5}",
            "\"label\" must be a string or a whole number"},
           {"{\"path\": \"b.jpg\", \"label\": null}",
            "\"label\" must be a string or a whole number"},
           {"{\"path\": \"b.jpg\", \"labels\": \"y\"}",
            "\"labels\" must be an array of strings or whole numbers"},
           {"{\"path\": \"b.jpg\", \"labels\": [\"y\", true]}",
            "\"labels\" must be an array of strings or whole numbers"},
           {"{\"path\": \"b.jpg\", \"label\": \"\"}", "a label is empty"},
           {"{\"path\": \"\", \"label\": \"y\"}", "the path is empty"},
           {"{\"path\": \"b\\u0000\", \"label\": \"y\"}", "the path holds a NUL byte"},
           {std::string(5000, '[') + "1", "not a JSON object"}}) {
    EXPECT_EQ(Why(Json(good + line + "\n")), ":2: " + why) << line;
  }
}

TEST_F(LabelFiles, MissingPicturesAreCountedAndTheFirstFewNamed) {
  const auto named = [&](const std::string& name) { return (folder() / name).native(); };
  const auto few = Csv("path,label\na.jpg,x\nno.jpg,y\nsub,y\n");
  EXPECT_EQ(Why(few, StatusCode::kNotFound), ": 2 of 3 pictures are not there: " + named("no.jpg") +
                                                 " (line 3), " + named("sub") + " (line 4)");
  std::string many = "a.jpg,x\n";
  for (int i = 0; i < 100; ++i) many += std::to_string(i) + ".jpg,y\n";
  const std::string why = Why(Csv(many), StatusCode::kNotFound);
  EXPECT_TRUE(why.starts_with(": 100 of 101 pictures are not there: " + named("0.jpg"))) << why;
  EXPECT_TRUE(why.ends_with(named("4.jpg") + " (line 6), ...")) << why;
}

TEST_F(LabelFiles, APictureWithTwoSetsOfLabelsNamesBothLines) {
  EXPECT_EQ(Why(Csv("a.jpg,x\nb.jpg,y\n./a.jpg,y\n")),
            ":3: " + (folder() / "a.jpg").native() +
                " has other labels here than in line 1; give all its labels in one line");
}

TEST_F(LabelFiles, TooFewClassesOrPictures) {
  EXPECT_EQ(Why(Csv("a.jpg,x\nb.jpg,x\n")), ": only one label, x; two classes are needed");
  EXPECT_EQ(Why(Json("{\"path\":\"a.jpg\",\"labels\":[]}")), ": no labels; two classes are needed");
  EXPECT_EQ(Why(Csv("path,label\n")), ": names no pictures");
  EXPECT_EQ(Why(Json("\n \n")), ": names no pictures");
}

TEST_F(LabelFiles, LimitsOnFileAndLine) {
  LabelReadOptions options;
  options.max_file_bytes = 20;
  EXPECT_EQ(Read("labels.csv", "a.jpg,x\nb.jpg,y\n# more", options).status().code(),
            StatusCode::kInvalidArgument);
  options = {};
  options.max_line_bytes = 8;
  const std::string why = ":2: longer than the limit of 8 bytes";
  EXPECT_EQ(Why(Read("labels.csv", "a.jpg,x\nb.jpg,yyy\n", options)), why);
  EXPECT_EQ(Why(Read("labels.jsonl", "\n{\"path\": 1}\n", options)), why);
}

TEST_F(LabelFiles, ListsAsCaffeHasThem) {
  for (const char* name : {"c.jpg", "sub/with blank.jpg"}) WriteWhole(folder() / name, "x");
  const auto set = Read("labels.txt", "a.jpg 3\r\nsub/with blank.jpg\t-1\n\n./c.jpg   10 \n");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->classes, (std::vector<std::string>{"-1", "10", "3"}));
  EXPECT_EQ(set->pictures,
            (std::vector<LabelledPicture>{Picture("a.jpg", {2}), Picture("sub/with blank.jpg", {0}),
                                          Picture("c.jpg", {1})}));
  LabelReadOptions elsewhere;
  elsewhere.data.root = folder() / "sub";
  const auto rooted = Read("labels.txt", "with blank.jpg 1\n", elsewhere);
  EXPECT_EQ(rooted.status().code(), StatusCode::kInvalidArgument);  // one label alone
  const auto found = Read("labels.txt", "with blank.jpg 1\n../a.jpg 2\n", elsewhere);
  ASSERT_TRUE(found.ok()) << found.status().message();
  EXPECT_EQ(found->pictures[0].path, folder() / "sub/with blank.jpg");
  EXPECT_EQ(found->pictures[1].path, folder() / "a.jpg");
}

TEST_F(LabelFiles, BrokenListsAreNamedWithTheirLine) {
  for (const char* line : {"a.jpg", "a.jpg cat", "a.jpg 1.5", "a.jpg -", " 3"}) {
    const auto set = Read("labels.txt", std::string("a.jpg 1\n") + line + "\n");
    EXPECT_EQ(Why(set).substr(0, 4), ":2: ") << line;
  }
  LabelReadOptions options;
  options.max_line_bytes = 8;
  EXPECT_EQ(Why(Read("labels.txt", "a.jpg 1\nbb.jpg 10\n", options)),
            ":2: longer than the limit of 8 bytes");
}

TEST_F(LabelFiles, OneLineOfAListInTenMayBeBroken) {
  std::string text = "\xef\xbb\xbf";
  for (int i = 0; i < 9; ++i) {
    WriteWhole(folder() / ("p" + std::to_string(i)), "x");
    text += "p" + std::to_string(i) + " " + std::to_string(i) + "\n";
  }
  const auto set = Read("labels.txt", text + "no label\n");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->pictures.size(), 9u);
  ASSERT_EQ(set->unreadable.size(), 1u);
  EXPECT_TRUE(set->unreadable[0].starts_with((folder() / "labels.txt").native() + ":10: "));
  EXPECT_EQ(Why(Read("labels.txt", text + "no label\n7\n")).substr(0, 5), ":10: ");
}

TEST_F(LabelFiles, OtherFilesAreRefused) {
  const auto set = Read("labels.xml", "a.jpg,x\nb.jpg,y\n");
  EXPECT_EQ(set.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(set.status().message(),
            (folder() / "labels.xml").native() +
                ": labels are read from a folder of class folders, a .csv, .jsonl or .txt file, or "
                "an LMDB, LevelDB or HDF5 database");
}

}  // namespace
}  // namespace hashlens
