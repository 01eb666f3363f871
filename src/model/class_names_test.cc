#include "model/class_names.h"

#include <gtest/gtest.h>

namespace hashlens {
namespace {

constexpr char kPets[] =
    R"({"classes": 2, "format": "hashlens-classes", "notice": "Made up.", "version": 1, "nodes": [
{"id": "n1", "name": "tabby", "upper": 2}, {"name": "goldfish", "upper": 3},
{"name": "cat", "upper": 3}, {"name": "animal"}]})";

std::string With(const std::string& old, const std::string& replacement) {
  std::string text = kPets;
  const size_t at = text.find(old);
  EXPECT_NE(at, text.npos) << old;
  return text.replace(at, old.size(), replacement);
}

TEST(ClassNames, AreReadAndWrittenAgain) {
  const auto names = ParseClassNames(kPets);
  ASSERT_TRUE(names.ok()) << names.status().message();
  EXPECT_EQ(names->classes, 2);
  ASSERT_EQ(names->nodes.size(), 4u);
  EXPECT_EQ(names->nodes[0].id, "n1");
  EXPECT_EQ(names->NameOf(0), "tabby");
  EXPECT_EQ(names->nodes[0].upper, 2);
  EXPECT_EQ(names->nodes[1].id, "");
  EXPECT_EQ(names->nodes[3].upper, -1);
  EXPECT_EQ(names->notice, "Made up.");
  const std::string written = SerializeClassNames(*names);
  const auto again = ParseClassNames(written);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(SerializeClassNames(*again), written);
}

TEST(ClassNames, BrokenOnesAreCorruption) {
  const std::vector<std::string> broken = {
      "",
      "{}",
      "[]",
      "null",
      std::string(kPets).substr(0, 60),
      With("hashlens-", "hashpens-"),
      With("\"version\": 1", "\"version\": 0"),
      With("\"version\": 1", "\"version\": \"1\""),
      With("\"classes\": 2", "\"classes\": 0"),
      With("\"classes\": 2", "\"classes\": 5"),
      With("\"classes\": 2", "\"classes\": -1"),
      With("\"classes\": 2", "\"classes\": 2.5"),
      With("\"notice\": \"Made up.\"", "\"notice\": 1"),
      With("\"notice\": \"Made up.\"", "\"other\": \"\""),
      With("\"upper\": 2", "\"upper\": 1"),  // a class is above none
      With("\"upper\": 2", "\"upper\": 4"),  // none is there
      With("\"upper\": 2", "\"upper\": -1"),
      With("{\"name\": \"animal\"}", "{\"name\": \"animal\", \"upper\": 3}"),  // above itself
      With("{\"name\": \"animal\"}", "{\"name\": \"animal\", \"upper\": 2}"),  // a ring
      With("{\"name\": \"animal\"}", "{\"name\": \"animal\", \"more\": 2}"),
      With("{\"name\": \"animal\"}", "{\"id\": \"n2\"}"),
      With("{\"name\": \"animal\"}", "{\"name\": \"\"}"),
      With("{\"name\": \"animal\"}", "{\"name\": \"two\\nlines\"}"),
      With("{\"name\": \"animal\"}", "{\"name\": \"" + std::string(201, 'a') + "\"}"),
      With("\"id\": \"n1\"", "\"id\": " + std::string(100'000, '[') + std::string(100'000, ']')),
      With("\"id\": \"n1\"", "\"id\": 1"),
      With("\"id\": \"n1\"", "\"id\": \"\"")};
  for (const std::string& text : broken)
    EXPECT_EQ(ParseClassNames(text).status().code(), StatusCode::kCorruption) << text;
  EXPECT_EQ(ParseClassNames(With("\"version\": 1", "\"version\": 2")).status().code(),
            StatusCode::kUnsupported);
}

TEST(ClassNames, OfAFileAreItsLines) {
  const auto names =
      ClassNamesOfLines("n01440764 tench, Tinca tinca\r\ncat\n  n123 dog \nn01440764\n\n\n");
  ASSERT_TRUE(names.ok()) << names.status().message();
  ASSERT_EQ(names->classes, 4);
  EXPECT_EQ(names->nodes[0].id, "n01440764");
  EXPECT_EQ(names->nodes[0].name, "tench, Tinca tinca");
  EXPECT_EQ(names->nodes[1].name, "cat");
  EXPECT_EQ(names->nodes[2].name, "n123 dog");
  EXPECT_EQ(names->nodes[2].id, "");
  EXPECT_EQ(names->nodes[3].name, "n01440764");  // an id alone is a name
}

TEST(ClassNames, ALineWithoutANameIsNamed) {
  for (const auto& [text, said] :
       std::vector<std::pair<std::string, std::string>>{{"", "has no names"},
                                                        {"\n\n", "has no names"},
                                                        {"cat\n\ndog\n", "line 2"},
                                                        {"cat\n\xff\n", "line 2"},
                                                        {std::string(201, 'a'), "line 1"}}) {
    const Status status = ClassNamesOfLines(text).status();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_NE(status.message().find(said), std::string::npos) << status.message();
  }
}

TEST(ClassNames, OfAListAreMadeFit) {
  const ClassNames names = ClassNamesOf({"cat", "a\nb", "", std::string(199, 'a') + "\xc3\xa9"});
  EXPECT_EQ(names.NameOf(0), "cat");
  EXPECT_EQ(names.NameOf(1), "a\\x0ab");
  EXPECT_EQ(names.NameOf(2), "?");
  EXPECT_EQ(names.NameOf(3), std::string(199, 'a'));
  EXPECT_TRUE(ParseClassNames(SerializeClassNames(names)).ok());
}

}  // namespace
}  // namespace hashlens
