// What is there already when packages are to be written: ours, half written, or anybody's.
#include "train/packages.h"

#include <gtest/gtest.h>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "hash/classifier.h"
#include "train/run.h"

namespace hashlens {
namespace {

constexpr int kDim = 4;

class Packages : public testing::Test {
 protected:
  void SetUp() override {
    options_.output = temp_.path() / "model";
    options_.data = temp_.path() / "data";
    options_.bits = {12, 20};
    options_.reports = {temp_.path() / "model.json"};
    WriteWhole(WorkFolder(options_) / "network.xml", "<net/>");
    WriteWhole(WorkFolder(options_) / "network.bin", "weights");
    const auto network = WriteModelPackage(WorkFolder(options_) / "network", "model", kDim, {},
                                           WorkFolder(options_) / "network.xml", {});
    ASSERT_TRUE(network.ok()) << network.status().message();
    network_ = *network;
  }

  static HashHead Head(int bits, float bias = 0) {
    HashHead head;
    head.method = "latent";
    head.bits = bits;
    head.dim = kDim;
    head.mean.resize(kDim);
    head.weights.resize(static_cast<size_t>(bits * kDim), 1);
    head.bias.resize(static_cast<size_t>(bits), bias);
    return head;
  }

  void ExpectRefused(const Status& status, const std::string& text) {
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_NE(status.message().find(text), std::string::npos) << status.message();
  }

  TempFolder temp_;
  TrainOptions options_;
  ModelPackage network_;
};

TEST_F(Packages, OneThatThisRunWroteIsKept) {
  ASSERT_TRUE(PrepareOutput(options_).ok());
  const Status written = WriteHeadPackage(options_, network_, Head(12));
  ASSERT_TRUE(written.ok()) << written.message();
  ExpectRefused(PrepareOutput(options_), "model-12");
  options_.resume = true;
  EXPECT_TRUE(PrepareOutput(options_).ok());
  // Learned again on another machine, it may differ in a last bit.
  EXPECT_TRUE(WriteHeadPackage(options_, network_, Head(12, 1e-6f)).ok());
  EXPECT_TRUE(WriteHeadPackage(options_, network_, Head(20)).ok());
  EXPECT_TRUE(std::filesystem::exists(temp_.path() / "model-20/head-20.hlh"));
}

TEST_F(Packages, TheClassifierIsPartOfWhatThisRunWrote) {
  Classifier rows;
  rows.input = ClassifierInput::kActivations;
  rows.bits = rows.columns = 12;
  rows.classes = 2;
  rows.weights.resize(24, 1);
  rows.bias.resize(2);
  const ClassifierParts parts{SerializeClassifier(rows), ClassNamesOf({"cat", "dog"})};
  ASSERT_TRUE(WriteHeadPackage(options_, network_, Head(12), parts).ok());
  const auto written = OpenModelPackage(temp_.path() / "model-12");
  ASSERT_TRUE(written.ok() && written->classifier);
  EXPECT_EQ(ReadClassNames(*written)->NameOf(1), "dog");
  options_.resume = true;
  EXPECT_TRUE(PrepareOutput(options_).ok());
  WriteWhole(temp_.path() / "model-12/classifier.hlc", "others' rows");
  ExpectRefused(WriteHeadPackage(options_, network_, Head(12), parts), "model-12: came to be");
}

TEST_F(Packages, AnotherRunsPackageIsInTheWay) {
  ASSERT_TRUE(WriteModelPackage(PackagePath(options_, 12), "model-12", kDim, {},
                                WorkFolder(options_) / "network.xml",
                                {{12, "latent", SerializeHead(Head(12, 3))}})
                  .ok());
  const std::string before = ReadWhole(temp_.path() / "model-12/model.json");
  options_.resume = true;
  ExpectRefused(PrepareOutput(options_), "move it away, and --resume goes on");
  ExpectRefused(WriteHeadPackage(options_, network_, Head(12)), "model-12: came to be");
  EXPECT_EQ(ReadWhole(temp_.path() / "model-12/model.json"), before);
}

TEST_F(Packages, OneThatWasDamagedIsNotOurs) {
  ASSERT_TRUE(WriteHeadPackage(options_, network_, Head(12)).ok());
  WriteWhole(temp_.path() / "model-12/network.bin", "weightz");
  ExpectRefused(WriteHeadPackage(options_, network_, Head(12)), "model-12: came to be");
}

TEST_F(Packages, AFolderAFileOrALinkIsInTheWay) {
  std::filesystem::create_directory(temp_.path() / "model-12");
  WriteWhole(temp_.path() / "model-20", "a file");
  std::filesystem::create_symlink("nowhere", temp_.path() / "model.json");
  ExpectRefused(WriteHeadPackage(options_, network_, Head(12)), "--resume goes on");
  ExpectRefused(WriteHeadPackage(options_, network_, Head(20)), "--resume goes on");
  for (const char* name : {"model-12", "model-20", "model.json"})
    ExpectRefused(PrepareOutput(options_), name);
}

TEST_F(Packages, WhatAKilledRunLeftHalfWrittenGoes) {
  WriteWhole(temp_.path() / "model-12.tmp-0/network.bin", "weig");
  WriteWhole(temp_.path() / "model-20.tmp-3/head-20.hlh", "");
  WriteWhole(temp_.path() / "model-20.tmp-3/classes.json", "{");
  const std::vector<Path> others = {"model-12.tmp-1/notes.txt", "model-12.tmp-0a/network.bin",
                                    "model-14.tmp-0/network.bin", "model-12.tmp-/network.bin"};
  for (const Path& other : others) WriteWhole(temp_.path() / other, "x");
  ASSERT_TRUE(PrepareOutput(options_).ok());
  EXPECT_FALSE(std::filesystem::exists(temp_.path() / "model-12.tmp-0"));
  EXPECT_FALSE(std::filesystem::exists(temp_.path() / "model-20.tmp-3"));
  for (const Path& other : others) EXPECT_TRUE(std::filesystem::exists(temp_.path() / other));
}

TEST_F(Packages, NamesThatNoPackageCanHaveAreRefused) {
  for (const std::string& name : {std::string("a\nb"), std::string("a\tb"), std::string("\xff"),
                                  std::string(198, 'a'), std::string(".."), std::string()}) {
    options_.output = temp_.path() / name;
    ExpectRefused(CheckOutputPlace(options_), "--output");
  }
  options_.output = temp_.path() / "M\xc3\xb6we 1";
  EXPECT_TRUE(CheckOutputPlace(options_).ok());
  options_.output = std::string(197, 'a');
  EXPECT_TRUE(CheckOutputPlace(options_).ok());
}

TEST_F(Packages, APlaceAmongTheClassesIsRefused) {
  WriteWhole(options_.data / "cat/1.jpg", "x");
  std::filesystem::create_directory_symlink("data", temp_.path() / "link");
  for (const char* name : {"data/model", "data/cat/model", "data/../data/x/model", "link/model"}) {
    options_.output = temp_.path() / name;
    ExpectRefused(CheckOutputPlace(options_), "folders are classes");
  }
  for (const char* name : {"data2", "data", "data/../model"}) {
    options_.output = temp_.path() / name;
    EXPECT_TRUE(CheckOutputPlace(options_).ok()) << name;
  }
}

TEST_F(Packages, AFolderThatCannotBeWrittenIsNamed) {
  options_.output = "/proc/model";
  const Status status = PrepareOutput(options_);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("/proc/model.try"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace hashlens
