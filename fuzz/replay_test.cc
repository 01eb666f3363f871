// Runs every file of fuzz/corpus/TARGET through its target: seeds, and what crashed a target once.
// A test is named Fuzz.TARGET/FILE.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "base/test_files.h"
#include "base/test_paths.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

fs::path Corpus() { return SourceDir() / "fuzz" / "corpus"; }

class Replay : public testing::Test {
 public:
  Replay(const FuzzTarget* target, fs::path file) : target_(target), file_(std::move(file)) {}
  void TestBody() override {
    const std::string bytes = ReadWhole(file_);
    target_->Run(AsBytes(bytes));
  }

 private:
  const FuzzTarget* target_;
  fs::path file_;
};

// Any target must take a file of no bytes, too.
class ReplayNothing : public testing::Test {
 public:
  explicit ReplayNothing(const FuzzTarget* target) : target_(target) {}
  void TestBody() override { target_->Run(AsBytes(std::string_view(""))); }

 private:
  const FuzzTarget* target_;
};

TEST(FuzzCorpus, EveryFolderHasATarget) {
  for (const auto& entry : fs::directory_iterator(Corpus())) {
    const std::string name = entry.path().filename();
    EXPECT_TRUE(std::ranges::any_of(FuzzTarget::All(), [&](const auto* target) {
      return target->name() == name;
    })) << entry.path();
  }
}

void AddTests(const FuzzTarget* target) {
  const std::string name(target->name());
  testing::RegisterTest("Fuzz", (name + "/nothing").c_str(), nullptr, nullptr, __FILE__, __LINE__,
                        [=]() -> testing::Test* { return new ReplayNothing(target); });
  const fs::path folder = Corpus() / name;
  if (!fs::is_directory(folder)) return;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string test = name + "/" + entry.path().filename().string();
    testing::RegisterTest(
        "Fuzz", test.c_str(), nullptr, nullptr, __FILE__, __LINE__,
        [=, file = entry.path()]() -> testing::Test* { return new Replay(target, file); });
  }
}

}  // namespace
}  // namespace hashlens

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (const hashlens::FuzzTarget* target : hashlens::FuzzTarget::All()) hashlens::AddTests(target);
  return RUN_ALL_TESTS();
}
