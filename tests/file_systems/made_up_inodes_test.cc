// Folders and files whose inode numbers are all alike, as mergerfs, FUSE and images of disks have
// them: nothing may be left out, and no link may lead round in a circle.
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/labelled_set.h"
#include "eval/sides.h"
#include "library/test_library.h"

namespace {

int WithMadeUpNumber(int result, struct stat* info) {
  if (result == 0) info->st_ino = 2;
  return result;
}

}  // namespace

// In the place of the C library's.
extern "C" int stat(const char* path, struct stat* info) noexcept {
  return WithMadeUpNumber(::fstatat(AT_FDCWD, path, info, 0), info);
}
extern "C" int lstat(const char* path, struct stat* info) noexcept {
  return WithMadeUpNumber(::fstatat(AT_FDCWD, path, info, AT_SYMLINK_NOFOLLOW), info);
}

namespace hashlens {
namespace {

namespace fs = std::filesystem;

class MadeUpInodes : public LibraryTest {};

TEST_F(MadeUpInodes, EveryFolderIsIndexed) {
  WritePicture(pictures() / "top.ppm", 1);
  WritePicture(pictures() / "a" / "1.ppm", 2);
  WritePicture(pictures() / "b" / "2.ppm", 3);
  WritePicture(pictures() / "b" / "c" / "3.ppm", 4);
  WritePicture(folder() / "elsewhere" / "4.ppm", 5);
  WritePicture(folder() / "second" / "5.ppm", 6);
  fs::create_directory_symlink("..", pictures() / "b" / "back");
  fs::create_directory_symlink(folder() / "elsewhere", pictures() / "link");
  IndexOptions options;
  options.paths = {pictures(), folder() / "second", pictures() / "b"};
  const IndexReport report = Index(options);
  EXPECT_EQ(report.added, 6u);
  EXPECT_EQ(report.failed, 0u);
}

TEST_F(MadeUpInodes, ClassFoldersAndOwnRows) {
  for (const char* name : {"x/1.jpg", "x/deep/2.jpg", "x/deep/er/3.jpg", "y/4.jpg"})
    WriteWhole(folder() / "classes" / name, name);
  const auto set = ReadLabelledSet(folder() / "classes");
  ASSERT_TRUE(set.ok()) << set.status().message();
  EXPECT_EQ(set->pictures.size(), 4u);
  EXPECT_EQ(OwnRows(set->pictures, {set->pictures[2], set->pictures[0]}),
            (std::vector<std::optional<uint32_t>>{2, 0}));
}

// As deep as a path can be, in a thread whose stack does not hold a call for each folder.
TEST_F(MadeUpInodes, ADeepChainOfFolders) {
  fs::create_directories(pictures());
  const fs::path home = fs::current_path();
  std::string deepest = pictures();
  fs::current_path(pictures());
  while (deepest.size() < 3900) {
    fs::create_directory("d");
    fs::current_path("d");
    deepest += "/d";
  }
  fs::current_path(home);
  WritePicture(deepest + "/1.ppm", 1);
  auto writer = Writer();
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  struct Run {
    LibraryWriter* writer;
    IndexOptions options;
    Result<IndexReport> report;
  } run{&*writer, {}, IndexReport()};
  run.options.paths = {pictures()};
  const auto index = [](void* given) -> void* {
    auto* const all = static_cast<Run*>(given);
    all->report = all->writer->Index(all->options);
    return nullptr;
  };
  pthread_attr_t small;
  ASSERT_EQ(pthread_attr_init(&small), 0);
  ASSERT_EQ(pthread_attr_setstacksize(&small, 384 << 10), 0);
  pthread_t thread;
  ASSERT_EQ(pthread_create(&thread, &small, index, &run), 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&small);
  ASSERT_TRUE(run.report.ok()) << run.report.status().message();
  EXPECT_EQ(run.report->added, 1u);
  EXPECT_EQ(run.report->failed, 0u);
}

}  // namespace
}  // namespace hashlens
