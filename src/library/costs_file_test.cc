#include "library/costs_file.h"

#include <gtest/gtest.h>

#include <string>

#include "base/temp_folder.h"

namespace hashlens {
namespace {

TEST(CostsFile, ComesBackAsWritten) {
  const TempFolder folder;
  CodeCosts costs;
  costs.scan_word = 0.5;
  costs.far_candidate = 123;
  ASSERT_TRUE(SaveCosts(folder.path() / "costs.json", costs).ok());
  const CodeCosts loaded = LoadCosts(folder.path() / "costs.json");
  EXPECT_EQ(loaded.scan_word, 0.5);
  EXPECT_EQ(loaded.far_candidate, 123);
  EXPECT_EQ(loaded.probe, costs.probe);
}

TEST(CostsFile, NonsenseMeansTheDefaults) {
  const TempFolder folder;
  const Path path = folder.path() / "costs.json";
  const double usual = CodeCosts().scan_word;
  EXPECT_EQ(LoadCosts(path).scan_word, usual);
  CodeCosts costs;
  costs.scan_word = -1;
  ASSERT_TRUE(SaveCosts(path, costs).ok());
  EXPECT_EQ(LoadCosts(path).scan_word, usual);
  for (const char* text : {"", "[]", "{", "{\"scan_word_ns\": 3}", "{\"scan_word_ns\": \"x\"}"}) {
    ASSERT_TRUE(WriteFileDurably(path, AsBytes(text)).ok());
    EXPECT_EQ(LoadCosts(path).scan_word, usual) << text;
  }
}

}  // namespace
}  // namespace hashlens
