#include "apps/server/held_folder.h"

#include <gtest/gtest.h>

#include "apps/server/test_folder.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

TEST(HeldFolder, KnowsWhenItIsGoneMovedOrReplaced) {
  const TestFolder temporary;
  const fs::path path = temporary.path() / "lib";
  fs::create_directory(path);
  const fs::path link = temporary.path() / "link";
  fs::create_directory_symlink(path, link);
  const HeldFolder held(path);
  const HeldFolder by_link(link);
  EXPECT_TRUE(held.InPlace());
  EXPECT_TRUE(by_link.InPlace());
  fs::rename(path, temporary.path() / "away");
  EXPECT_FALSE(held.InPlace());
  fs::create_directory(path);
  EXPECT_FALSE(held.InPlace());
  EXPECT_FALSE(by_link.InPlace());
  fs::remove(path);
  fs::rename(temporary.path() / "away", path);
  EXPECT_TRUE(held.InPlace());
  fs::remove(path);
  EXPECT_FALSE(held.InPlace());
  EXPECT_FALSE(HeldFolder(temporary.path() / "none").InPlace());
}

}  // namespace
}  // namespace hashlens
