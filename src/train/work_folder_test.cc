#include "train/work_folder.h"

#include <gtest/gtest.h>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "train/run.h"

namespace hashlens {
namespace {

TEST(HeldWorkFolder, IsHeldByOneAndLeavesNothingWithoutACheckpoint) {
  const TempFolder temp;
  TrainOptions options;
  options.output = temp.path() / "new/folder/model";
  {
    const auto held = HeldWorkFolder::Take(options);
    ASSERT_TRUE(held.ok()) << held.status().message();
    const auto second = HeldWorkFolder::Take(options);
    EXPECT_EQ(second.status().code(), StatusCode::kBusy);
    EXPECT_NE(second.status().message().find("another process is training"), std::string::npos)
        << second.status().message();
    EXPECT_TRUE(std::filesystem::exists(WorkFolder(options)));
  }
  EXPECT_FALSE(std::filesystem::exists(temp.path() / "new"));
}

TEST(HeldWorkFolder, StaysWithACheckpoint) {
  const TempFolder temp;
  TrainOptions options;
  options.output = temp.path() / "model";
  {
    const auto held = HeldWorkFolder::Take(options);
    ASSERT_TRUE(held.ok());
    WriteWhole(CheckpointFile(options), "x");
  }
  EXPECT_TRUE(std::filesystem::exists(CheckpointFile(options)));
  EXPECT_TRUE(HeldWorkFolder::Take(options).ok());
}

TEST(HeldWorkFolder, LeavesAnothersFilesInPlace) {
  const TempFolder temp;
  TrainOptions options;
  options.output = temp.path() / "model";
  WriteWhole(WorkFolder(options) / "notes.txt", "x");
  ASSERT_TRUE(HeldWorkFolder::Take(options).ok());
  EXPECT_TRUE(std::filesystem::exists(WorkFolder(options) / "notes.txt"));
  EXPECT_FALSE(std::filesystem::exists(WorkFolder(options) / "lock"));
}

}  // namespace
}  // namespace hashlens
