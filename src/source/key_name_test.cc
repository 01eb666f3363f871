#include "source/key_name.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>

namespace hashlens {
namespace {

using namespace std::string_literals;

TEST(KeyNameTest, PlainNamesStayAndOthersAreEscaped) {
  for (const auto& [key, name] : {
           std::pair{"00000012"s, "00000012"s},
           {"00000001_n01440764/n01440764_10026.JPEG", "00000001_n01440764/n01440764_10026.JPEG"},
           {"caf\xc3\xa9 1.jpg", "caf\xc3\xa9 1.jpg"},
           {"100%", "100%25"},
           {"\0\x01\xff"s, "%00%01%FF"},
           {"/etc/passwd", "%2Fetc%2Fpasswd"},
           {"../up", "..%2Fup"},
           {"a//b", "a%2F%2Fb"},
           {"a/", "a%2F"},
           {"..", "%2E%2E"},
           {"", "%"},
       }) {
    EXPECT_EQ(NameOfKey(key), name);
    EXPECT_EQ(KeyOfName(name), key);
  }
  for (const char* name : {"%zz", "%4", "a%", "%2f", "%41", "a%2Fb", "..", "/x"})
    EXPECT_FALSE(KeyOfName(name)) << name;
}

TEST(KeyNameTest, EveryKeyHasANameOfItsOwnThatLeadsNowhereElse) {
  std::mt19937 random(1);
  constexpr char kBytes[] = {'a', '/', '.', '%', '\0', '\xc3', '\xa9', '2', 'F'};
  std::set<std::string> keys;
  std::set<std::string> names;
  for (int i = 0; i < 20'000; ++i) {
    std::string key(random() % 7, ' ');
    for (char& c : key) c = kBytes[random() % sizeof kBytes];
    const std::string name = NameOfKey(key);
    EXPECT_EQ(KeyOfName(name), key);
    const std::filesystem::path path = std::filesystem::path("/db") / name;
    EXPECT_EQ(path.lexically_normal(), path);
    EXPECT_TRUE(path.native().starts_with("/db/"));
    keys.insert(key);
    names.insert(name);
  }
  EXPECT_EQ(keys.size(), names.size());
}

}  // namespace
}  // namespace hashlens
