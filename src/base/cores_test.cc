#include "base/cores.h"

#include <gtest/gtest.h>

#include "base/temp_folder.h"
#include "base/test_files.h"

namespace hashlens {
namespace {

TEST(QuotaCores, SecondVersionTakesTheLeastOfTheGroupsAbove) {
  const TempFolder folder;
  WriteWhole(folder.path() / "a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(QuotaCores("0::/a/b\n", folder.path()), 0);
  WriteWhole(folder.path() / "a/cpu.max", "150000 100000\n");
  EXPECT_EQ(QuotaCores("0::/a/b\n", folder.path()), 1.5);
  WriteWhole(folder.path() / "a/b/cpu.max", "300000 100000\n");
  EXPECT_EQ(QuotaCores("0::/a/b\n", folder.path()), 1.5);
  // A container shows the path on the host, and its own group at the top.
  WriteWhole(folder.path() / "cpu.max", "50000 100000\n");
  EXPECT_EQ(QuotaCores("0::/docker/1234\n", folder.path()), 0.5);
}

TEST(QuotaCores, FirstVersion) {
  const TempFolder folder;
  const std::string groups = "3:memory:/m\n2:cpu,cpuacct:/a\n";
  EXPECT_EQ(QuotaCores(groups, folder.path()), 0);
  WriteWhole(folder.path() / "cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  WriteWhole(folder.path() / "cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(QuotaCores(groups, folder.path()), 0);
  WriteWhole(folder.path() / "cpu,cpuacct/a/cpu.cfs_quota_us", "200000\n");
  EXPECT_EQ(QuotaCores(groups, folder.path()), 2);
}

TEST(QuotaCores, NonsenseSaysNothing) {
  const TempFolder folder;
  WriteWhole(folder.path() / "cpu.max", "x\n");
  for (const char* groups : {"", "0", "0:", "0::/", "::", "5:cpuset:/x"})
    EXPECT_EQ(QuotaCores(groups, folder.path()), 0) << groups;
}

TEST(UsableCores, IsAtLeastOne) {
  EXPECT_GE(UsableCores(), 1);
  EXPECT_TRUE(CheckThreadsCanStart().ok());
}

}  // namespace
}  // namespace hashlens
