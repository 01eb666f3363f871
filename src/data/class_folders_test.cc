#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "data/labelled_set.h"

namespace hashlens {
namespace {

class ClassFolders : public testing::Test {
 protected:
  Path data() const { return temporary_.path() / "data"; }
  void Add(const std::string& name) const { WriteWhole(data() / name, "x"); }
  std::string Failure(StatusCode code) const {
    const auto set = ReadLabelledSet(data());
    EXPECT_EQ(set.status().code(), code);
    return set.status().message();
  }
  // data()/name gone from a message.
  std::string Relative(const std::string& message) const {
    const std::string prefix = data().native();
    EXPECT_TRUE(message.starts_with(prefix)) << message;
    return message.substr(prefix.size());
  }

 private:
  TempFolder temporary_;
};

TEST_F(ClassFolders, ClassesAreTheFoldersAndPicturesComeInOrder) {
  for (const char* name :
       {"dog/2.jpg", "dog/1.PNG", "cat/deep/er/z.webp", "cat/a.jpeg", "cat/readme.txt",
        "cat/.hidden.jpg", ".git/x.jpg", "notes.txt", "cat/.thumbnails/t.jpg", "cat/deep.jpg"}) {
    Add(name);
  }
  const auto set = ReadLabelledSet(data());
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(set->pictures, (std::vector<LabelledPicture>{{data() / "cat/a.jpeg", {0}},
                                                         {data() / "cat/deep.jpg", {0}},
                                                         {data() / "cat/deep/er/z.webp", {0}},
                                                         {data() / "dog/1.PNG", {1}},
                                                         {data() / "dog/2.jpg", {1}}}));
  EXPECT_FALSE(set->multi_label());
}

TEST_F(ClassFolders, AgreesWithAListOfRandomTrees) {
  std::mt19937_64 random(5);
  std::map<std::string, std::set<std::string>> expected;
  for (int i = 0; i < 200; ++i) {
    std::string name = std::string(1, static_cast<char>('a' + random() % 5)) + " \xc3\xa4";
    const std::string kind = name;
    for (uint64_t depth = random() % 3; depth > 0; --depth) {
      name += "/" + std::to_string(random() % 3);
    }
    name += "/" + std::to_string(i) + (random() % 4 == 0 ? ".txt" : ".jpg");
    Add(name);
    if (name.ends_with(".jpg")) expected[kind].insert((data() / name).native());
  }
  const auto set = ReadLabelledSet(data());
  ASSERT_TRUE(set.ok()) << set.status().message();
  auto picture = set->pictures.begin();
  int label = 0;
  for (const auto& [kind, paths] : expected) {
    EXPECT_EQ(set->classes[static_cast<size_t>(label)], kind);
    for (const std::string& path : paths) {
      ASSERT_NE(picture, set->pictures.end());
      EXPECT_EQ(*picture++, (LabelledPicture{path, {label}}));
    }
    ++label;
  }
  EXPECT_EQ(picture, set->pictures.end());
}

TEST_F(ClassFolders, LinksAreFollowedAndNotInCircles) {
  Add("cat/1.jpg");
  Add("dog/1.jpg");
  Add("../elsewhere/1.jpg");
  std::filesystem::create_directory_symlink(".", data() / "cat/round");
  std::filesystem::create_symlink("1.jpg", data() / "dog/2.jpg");
  std::filesystem::create_symlink("nowhere.jpg", data() / "dog/3.jpg");
  std::filesystem::create_directory_symlink("../elsewhere", data() / "wolf");
  const auto set = ReadLabelledSet(data());
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->classes, (std::vector<std::string>{"cat", "dog", "wolf"}));
  EXPECT_EQ(set->pictures, (std::vector<LabelledPicture>{{data() / "cat/1.jpg", {0}},
                                                         {data() / "dog/1.jpg", {1}},
                                                         {data() / "dog/2.jpg", {1}},
                                                         {data() / "wolf/1.jpg", {2}}}));
}

TEST_F(ClassFolders, APictureOfTwoClassesByLinksIsRefused) {
  Add("cat/1.jpg");
  Add("dog/2.jpg");
  const auto refused = [&](const char* target, const char* link, const std::string& message) {
    std::filesystem::create_symlink(target, data() / link);
    EXPECT_EQ(Relative(Failure(StatusCode::kInvalidArgument)), message);
    std::filesystem::remove(data() / link);
  };
  const std::string dog = "/dog/2.jpg: is the same file as " + data().native();
  const std::string end =
      ", reached through a link, in class dog and in class cat; remove the link";
  refused("..", "cat/up", dog + "/cat/up/dog/2.jpg" + end);
  refused("../dog", "cat/sibling", dog + "/cat/sibling/2.jpg" + end);
  refused("../dog/2.jpg", "cat/3.jpg", dog + "/cat/3.jpg" + end);
  refused(
      "dog", "wolf",
      "/wolf/2.jpg: is the same file as " + data().native() +
          "/dog/2.jpg, reached through a link, in class wolf and in class dog; remove the link");
  EXPECT_TRUE(ReadLabelledSet(data()).ok());
}

TEST_F(ClassFolders, NoFolderIsNotFound) {
  const auto set = ReadLabelledSet(data());
  EXPECT_EQ(set.status().code(), StatusCode::kNotFound);
  EXPECT_EQ(set.status().message(), data().native() + ": no such file or folder");
}

TEST_F(ClassFolders, AnEmptyClassIsNamed) {
  Add("cat/1.jpg");
  Add("dog/readme.txt");
  EXPECT_EQ(Relative(Failure(StatusCode::kInvalidArgument)),
            "/dog: this class folder holds no pictures");
}

TEST_F(ClassFolders, OneClassIsNotEnough) {
  Add("cat/1.jpg");
  EXPECT_EQ(Relative(Failure(StatusCode::kInvalidArgument)),
            ": only one class, cat; two are needed");
}

TEST_F(ClassFolders, NoClassesAreNotEnough) {
  std::filesystem::create_directories(data() / ".hidden");
  EXPECT_EQ(Relative(Failure(StatusCode::kInvalidArgument)),
            ": holds no class folders, one of each class with its pictures");
}

TEST_F(ClassFolders, APictureWithoutAClassIsNamed) {
  Add("cat/1.jpg");
  Add("dog/1.jpg");
  Add("stray.jpg");
  EXPECT_TRUE(Relative(Failure(StatusCode::kInvalidArgument)).starts_with("/stray.jpg: lies"));
}

}  // namespace
}  // namespace hashlens
