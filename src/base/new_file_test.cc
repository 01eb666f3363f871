#include "base/new_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/temp_folder.h"
#include "base/test_files.h"

namespace hashlens {
namespace {

// The number of a process that has ended.
std::string EndedProcess() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  EXPECT_EQ(::waitpid(child, nullptr, 0), child);
  return std::to_string(child);
}

TEST(NewFileTest, WhatEndedRunsLeftIsRemoved) {
  const TempFolder temp;
  const Path file = temp.path() / "out.npy";
  const std::string ended = "out.npy.tmp-" + EndedProcess();
  std::ifstream file_of_boot("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::getline(file_of_boot, boot);
  boot = "-" + boot.substr(0, 8);
  const std::string running = "out.npy.tmp-" + std::to_string(::getpid());
  const std::vector<std::string> others = {
      running + "-7" + boot,     // the process is there
      ended,                     // not of this form
      ended + "-x" + boot,       //
      ended + "-7",              //
      ended + "-7-00000000",     // of another machine, or before it was started
      "out.npy.tmp-0-7" + boot,  //
      "out.npy2.tmp-" + ended.substr(12) + "-7" + boot,    // of another file
      "my-out.npy.tmp-" + ended.substr(12) + "-7" + boot,  //
  };
  for (const std::string& name : others) WriteWhole(temp.path() / name, "kept");
  WriteWhole(temp.path() / (ended + "-1" + boot), "left");
  WriteWhole(temp.path() / (ended + "-2" + boot) / "data.mdb", "left");
  const Path held = temp.path() / (ended + "-3" + boot);
  WriteWhole(held, "a process that cannot be seen from here writes it");
  const FileHandle hold(::open(held.c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::flock(hold.fd(), LOCK_EX | LOCK_NB), 0);
  {
    const auto made = NewFile::Create(file);
    ASSERT_TRUE(made.ok()) << made.status().message();
    EXPECT_FALSE(std::filesystem::exists(temp.path() / (ended + "-1" + boot)));
    EXPECT_FALSE(std::filesystem::exists(temp.path() / (ended + "-2" + boot)));
    EXPECT_TRUE(std::filesystem::exists(held));
    for (const std::string& name : others)
      EXPECT_TRUE(std::filesystem::exists(temp.path() / name)) << name;
  }
  EXPECT_EQ(ListFolder(temp.path())->size(), others.size() + 1);
}

TEST(NewFileTest, ErrorsNameTheFile) {
  const TempFolder temp;
  const Path file = temp.path() / "none" / "out";
  const auto made = NewFile::Create(file);
  EXPECT_EQ(made.status().code(), StatusCode::kNotFound);
  EXPECT_EQ(made.status().message(), "creating " + file.native() + ": No such file or directory");
}

TEST(NewFileTest, AFileThatIsBeingWrittenIsHeld) {
  const TempFolder temp;
  auto made = NewFile::Create(temp.path() / "out");
  ASSERT_TRUE(made.ok());
  const auto names = ListFolder(temp.path());
  ASSERT_EQ(names->size(), 1U);
  const FileHandle other(::open((temp.path() / names->front()).c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_NE(::flock(other.fd(), LOCK_EX | LOCK_NB), 0);
  ASSERT_TRUE(made->Append(AsBytes("whole")).ok());
  ASSERT_TRUE(made->Finish().ok());
  EXPECT_EQ(ReadWhole(temp.path() / "out"), "whole");
  EXPECT_EQ(ListFolder(temp.path())->size(), 1U);
}

}  // namespace
}  // namespace hashlens
