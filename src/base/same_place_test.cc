#include "base/same_place.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/temp_folder.h"
#include "base/test_files.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

// What stat says of folders whose numbers are made up.
struct stat Numbers(dev_t device, ino_t number) {
  struct stat info {};
  info.st_dev = device;
  info.st_ino = number;
  return info;
}

// Two disks; the folder "pictures" of the first is mounted at a second place, with a blank in it.
constexpr char kMounts[] =
    "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "22 21 8:2 / /data rw - ext4 /dev/sdb1 rw\n"
    "23 21 8:1 /home/pictures /srv/my\\040pictures rw - ext4 /dev/sda1 rw\n"
    "24 21 0:40 / /nfs/a rw - nfs4 server:/a rw\n"
    "25 21 0:40 / /nfs/b rw - nfs4 server:/b rw\n"
    "broken\n";

TEST(EnteredFolders, EqualNumbersAreNotOneFolder) {
  EnteredFolders entered{Mounts("")};
  EXPECT_TRUE(entered.Enter("/p", Numbers(1, 2)));
  EXPECT_TRUE(entered.Enter("/p/a", Numbers(1, 2)));
  EXPECT_FALSE(entered.Enter("/p", Numbers(1, 2)));
  EXPECT_FALSE(entered.Enter("/p/a", Numbers(1, 3)));  // numbers that change
  EXPECT_TRUE(entered.Contains("/p", Numbers(1, 2)));
  EXPECT_FALSE(entered.Contains("/p/b", Numbers(1, 2)));
}

TEST(EnteredFolders, AFolderMountedTwiceIsOne) {
  EnteredFolders entered{Mounts(kMounts)};
  EXPECT_TRUE(entered.Enter("/home/pictures/x", Numbers(1, 7)));
  EXPECT_FALSE(entered.Enter("/srv/my pictures/x", Numbers(1, 7)));
  EXPECT_TRUE(entered.Enter("/srv/my pictures/y", Numbers(1, 7)));
  EXPECT_TRUE(entered.Enter("/data/x", Numbers(2, 7)));
  // Each export is shown as the root of one device.
  EXPECT_TRUE(entered.Enter("/nfs/a/x", Numbers(3, 7)));
  EXPECT_TRUE(entered.Enter("/nfs/b/x", Numbers(3, 8)));
}

TEST(Mounts, OnlyOfDevicesWithSeveralPlaces) {
  const Mounts mounts(kMounts);
  EXPECT_EQ(mounts.PlaceInDevice("/home/pictures"), "8:1 /home/pictures");
  EXPECT_EQ(mounts.PlaceInDevice("/srv/my pictures"), "8:1 /home/pictures");
  EXPECT_EQ(mounts.PlaceInDevice("/srv/my pictures 2"), "8:1 /srv/my pictures 2");
  EXPECT_EQ(mounts.PlaceInDevice("/data/x"), std::nullopt);
  EXPECT_EQ(Mounts("").PlaceInDevice("/x"), std::nullopt);
}

TEST(NamesOfFile, AreSharedByLinksAndHardLinksAlone) {
  const TempFolder temporary;
  const Path folder = fs::canonical(temporary.path());
  WriteWhole(folder / "a", "1");
  WriteWhole(folder / "b", "1");
  fs::create_symlink(folder / "a", folder / "link");
  fs::create_hard_link(folder / "b", folder / "hard");
  const auto same = [&](const char* one, const char* other) {
    const Mounts mounts("");
    const auto names = NamesOfFile(folder / one, mounts);
    for (const std::string& name : NamesOfFile(folder / other, mounts)) {
      if (std::find(names.begin(), names.end(), name) != names.end()) return true;
    }
    return false;
  };
  EXPECT_TRUE(same("a", "link"));
  EXPECT_TRUE(same("b", "hard"));
  EXPECT_FALSE(same("a", "b"));
  EXPECT_FALSE(same("a", "hard"));
  EXPECT_FALSE(same("none", "none"));
}

TEST(RealPathBelow, FollowsLinksAlone) {
  const TempFolder temporary;
  const Path folder = fs::canonical(temporary.path());
  fs::create_directory(folder / "a");
  fs::create_directory_symlink("a", folder / "link");
  EXPECT_EQ(RealPathBelow(folder, "a", false), (folder / "a").native());
  EXPECT_EQ(RealPathBelow(folder, "link", true), (folder / "a").native());
  EXPECT_EQ(RealPathBelow(folder, "none", true), "");
  EXPECT_EQ(RealPathBelow("/", "a", false), "/a");
}

}  // namespace
}  // namespace hashlens
