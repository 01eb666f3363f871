#include "model/model_package.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/temp_folder.h"
#include "model/test_package.h"

namespace hashlens {
namespace {

using std::filesystem::path;

std::string Contents(const path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void SetContents(const path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

// The names of everything directly in `folder`.
std::vector<std::string> Names(const path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<HeadBytes> TwoHeads() {
  return {{128, "itq", "the longer head"}, {20, "itq-classifier", std::string("the\0shorter", 11)}};
}

class ModelPackageTest : public testing::Test {
 protected:
  ModelPackage Write(const std::vector<HeadBytes>& heads = TwoHeads()) {
    auto package = WriteTestPackage(folder_, heads);
    EXPECT_TRUE(package.ok()) << package.status().message();
    return *package;
  }

  const TempFolder temp_;
  const path folder_ = temp_.path() / "package";
};

TEST_F(ModelPackageTest, IsReadBackAsItWasWritten) {
  const ModelPackage written = Write();
  const auto opened = OpenModelPackage(folder_);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  for (const ModelPackage& package : {written, *opened}) {
    EXPECT_EQ(package.folder, folder_);
    EXPECT_EQ(package.name, "tiny");
    EXPECT_EQ(package.dim, kTestDim);
    EXPECT_EQ(package.input, TestInput());
    EXPECT_EQ(package.feature_digest.size(), 64u);
    ASSERT_EQ(package.heads.size(), 2u);
    EXPECT_EQ(package.heads[0].bits, 20);
    EXPECT_EQ(package.heads[0].method, "itq-classifier");
    EXPECT_EQ(Contents(folder_ / package.heads[0].file), std::string("the\0shorter", 11));
    EXPECT_EQ(package.heads[1].bits, 128);
    EXPECT_EQ(Contents(folder_ / package.heads[1].file), "the longer head");
  }
  EXPECT_EQ(opened->feature_digest, written.feature_digest);
  EXPECT_EQ(Contents(folder_ / "network.xml"), Contents(TestNetwork()));
  EXPECT_TRUE(VerifyModelPackage(*opened).ok());
  EXPECT_EQ(Names(temp_.path()), std::vector<std::string>{"package"});
  EXPECT_EQ(Names(folder_), (std::vector<std::string>{"head-128.hlh", "head-20.hlh", "model.json",
                                                      "network.bin", "network.xml"}));
}

TEST_F(ModelPackageTest, ACopyIsTheSamePackage) {
  const ModelPackage original = Write();
  const auto copy = CopyModelPackage(original, temp_.path() / "copy/");  // a trailing slash is fine
  ASSERT_TRUE(copy.ok()) << copy.status().message();
  EXPECT_EQ(copy->feature_digest, original.feature_digest);
  EXPECT_TRUE(VerifyModelPackage(*copy).ok());
  EXPECT_EQ(Names(temp_.path()), (std::vector<std::string>{"copy", "package"}));
  ASSERT_EQ(Names(copy->folder), Names(folder_));
  for (const std::string& name : Names(folder_)) {
    EXPECT_EQ(Contents(copy->folder / name), Contents(folder_ / name)) << name;
  }
}

TEST_F(ModelPackageTest, EveryChangedByteOfEveryFileIsFound) {
  // Packing does not look inside a network, so a short one will do.
  SetContents(temp_.path() / "short.xml", "<net>" + std::string(200, 'x') + "</net>");
  SetContents(temp_.path() / "short.bin", std::string(300, '\0'));
  ASSERT_TRUE(WriteModelPackage(folder_, "short", kTestDim, TestInput(), temp_.path() / "short.xml",
                                TwoHeads())
                  .ok());
  const auto verify = [&] {
    const auto opened = OpenModelPackage(folder_);
    return opened.ok() ? VerifyModelPackage(*opened) : opened.status();
  };
  for (const std::string& name : Names(folder_)) {
    const path file = folder_ / name;
    const std::string good = Contents(file);
    ASSERT_FALSE(good.empty());
    for (size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      SetContents(file, bad);
      const Status status = verify();
      EXPECT_EQ(status.code(), StatusCode::kCorruption) << name << " byte " << i;
      EXPECT_NE(status.message().find(name), std::string::npos) << status.message();
    }
    for (const std::string& bad : {good + "x", good.substr(1), std::string()}) {
      SetContents(file, bad);
      EXPECT_EQ(verify().code(), StatusCode::kCorruption) << name << " of " << bad.size();
    }
    SetContents(file, good);
  }
  EXPECT_TRUE(verify().ok());
}

TEST_F(ModelPackageTest, AMissingFileIsFound) {
  const ModelPackage package = Write();
  EXPECT_EQ(OpenModelPackage(temp_.path() / "absent").status().code(), StatusCode::kNotFound);
  for (const std::string& name : Names(folder_)) {
    const path aside = temp_.path() / "aside";
    std::filesystem::rename(folder_ / name, aside);
    const Status status = VerifyModelPackage(package);
    EXPECT_EQ(status.code(),
              name == "model.json" ? StatusCode::kNotFound : StatusCode::kCorruption);
    EXPECT_NE(status.message().find(name), std::string::npos) << status.message();
    if (name != "model.json") {  // a copy writes that one from what it knows
      EXPECT_EQ(CopyModelPackage(package, temp_.path() / "copy").status().code(),
                StatusCode::kCorruption);
      EXPECT_FALSE(std::filesystem::exists(temp_.path() / "copy"));
    }
    std::filesystem::rename(aside, folder_ / name);
  }
}

// Packing looks into no network, so short ones will do.
class TextPackageTest : public ModelPackageTest {
 protected:
  ModelPackage WriteWithText() {
    const path parts = temp_.path() / "parts";
    std::filesystem::create_directory(parts);
    for (const char* name : {"net", "words", "tokens"}) {
      SetContents(parts / (std::string(name) + ".xml"), std::string("<net> of ") + name);
      SetContents(parts / (std::string(name) + ".bin"), std::string("weights of ") + name);
    }
    auto package =
        WriteModelPackage(folder_, "both", kTestDim, TestInput(), parts / "net.xml", TwoHeads(),
                          TextFiles{parts / "words.xml", parts / "tokens.xml"});
    EXPECT_TRUE(package.ok()) << package.status().message();
    return *package;
  }
};

TEST_F(TextPackageTest, ATextNetworkGoesWithThePackageAndItsCopies) {
  const ModelPackage written = WriteWithText();
  const auto opened = OpenModelPackage(folder_);
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  EXPECT_TRUE(opened->text);
  const auto plain = WriteModelPackage(temp_.path() / "plain", "plain", kTestDim, TestInput(),
                                       temp_.path() / "parts" / "net.xml", TwoHeads());
  ASSERT_TRUE(plain.ok()) << plain.status().message();
  EXPECT_EQ(written.feature_digest, plain->feature_digest);
  EXPECT_FALSE(plain->text);
  const auto copy = CopyModelPackage(*opened, temp_.path() / "copy");
  ASSERT_TRUE(copy.ok()) << copy.status().message();
  EXPECT_TRUE(VerifyModelPackage(*copy).ok());
  ASSERT_EQ(Names(copy->folder),
            (std::vector<std::string>{"head-128.hlh", "head-20.hlh", "model.json", "network.bin",
                                      "network.xml", "text.bin", "text.xml", "tokenizer.bin",
                                      "tokenizer.xml"}));
  for (const std::string& name : Names(folder_)) {
    EXPECT_EQ(Contents(copy->folder / name), Contents(folder_ / name)) << name;
  }
  EXPECT_EQ(Contents(folder_ / "text.xml"), "<net> of words");
  EXPECT_EQ(Contents(folder_ / "tokenizer.bin"), "weights of tokens");
}

TEST_F(TextPackageTest, EveryChangedByteOfTheTextNetworkIsFound) {
  const ModelPackage package = WriteWithText();
  for (const char* name : {"text.xml", "text.bin", "tokenizer.xml", "tokenizer.bin"}) {
    const path file = folder_ / name;
    const std::string good = Contents(file);
    ASSERT_FALSE(good.empty());
    for (size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      SetContents(file, bad);
      const Status status = VerifyModelPackage(package);
      EXPECT_EQ(status.code(), StatusCode::kCorruption) << name << " byte " << i;
      EXPECT_NE(status.message().find(name), std::string::npos) << status.message();
      EXPECT_EQ(CopyModelPackage(package, temp_.path() / "copy").status().code(),
                StatusCode::kCorruption);
    }
    std::filesystem::remove(file);
    EXPECT_EQ(VerifyModelPackage(package).code(), StatusCode::kCorruption) << name;
    SetContents(file, good);
  }
  EXPECT_TRUE(VerifyModelPackage(package).ok());
  EXPECT_FALSE(std::filesystem::exists(temp_.path() / "copy"));
}

TEST_F(TextPackageTest, AMissingPartIsRefusedAndLeavesNothingBehind) {
  const auto package =
      WriteModelPackage(folder_, "half", kTestDim, TestInput(), TestNetwork(), TwoHeads(),
                        TextFiles{TestNetwork(), temp_.path() / "none.xml"});
  EXPECT_EQ(package.status().code(), StatusCode::kNotFound);
  EXPECT_TRUE(Names(temp_.path()).empty());
}

TEST_F(ModelPackageTest, AClassifierGoesWithThePackageAndItsCopies) {
  const ModelPackage plain = *WriteTestPackage(temp_.path() / "plain", TwoHeads());
  const auto package =
      WriteModelPackage(folder_, "tiny", kTestDim, TestInput(), TestNetwork(), TwoHeads(), {},
                        ClassifierParts{"rows and biases", ClassNamesOf({"cat", "dog"})});
  ASSERT_TRUE(package.ok()) << package.status().message();
  EXPECT_EQ(package->feature_digest, plain.feature_digest);
  const auto copy = CopyModelPackage(*OpenModelPackage(folder_), temp_.path() / "copy");
  ASSERT_TRUE(copy.ok()) << copy.status().message();
  ASSERT_EQ(Names(copy->folder),
            (std::vector<std::string>{"classes.json", "classifier.hlc", "head-128.hlh",
                                      "head-20.hlh", "model.json", "network.bin", "network.xml"}));
  for (const std::string& name : Names(folder_)) {
    EXPECT_EQ(Contents(copy->folder / name), Contents(folder_ / name)) << name;
  }
  EXPECT_EQ(Contents(folder_ / "classifier.hlc"), "rows and biases");
  ASSERT_TRUE(copy->classifier);
  EXPECT_EQ(copy->classifier->classes, 2);
  EXPECT_EQ(ReadClassNames(*copy)->NameOf(1), "dog");
  EXPECT_EQ(ReadClassifierFile(*copy)->size(), 15u);
}

TEST_F(ModelPackageTest, EveryChangedByteOfTheClassifierIsFound) {
  const auto package =
      WriteModelPackage(folder_, "tiny", kTestDim, TestInput(), TestNetwork(), TwoHeads(), {},
                        ClassifierParts{"rows and biases", ClassNamesOf({"cat", "dog"})});
  ASSERT_TRUE(package.ok()) << package.status().message();
  for (const char* name : {"classifier.hlc", "classes.json"}) {
    const path file = folder_ / name;
    const std::string good = Contents(file);
    ASSERT_FALSE(good.empty());
    for (size_t i = 0; i < good.size(); ++i) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
      SetContents(file, bad);
      const Status status = VerifyModelPackage(*package);
      EXPECT_EQ(status.code(), StatusCode::kCorruption) << name << " byte " << i;
      EXPECT_NE(status.message().find(name), std::string::npos) << status.message();
      EXPECT_EQ(CopyModelPackage(*package, temp_.path() / "copy").status().code(),
                StatusCode::kCorruption);
    }
    std::filesystem::remove(file);
    EXPECT_EQ(VerifyModelPackage(*package).code(), StatusCode::kCorruption) << name;
    EXPECT_EQ(CopyModelPackage(*package, temp_.path() / "copy").status().code(),
              StatusCode::kCorruption);
    SetContents(file, good);
  }
  EXPECT_TRUE(VerifyModelPackage(*package).ok());
}

TEST_F(ModelPackageTest, AChangeAfterOpeningIsFound) {
  const ModelPackage package = Write();
  std::filesystem::remove_all(folder_);
  Write({});
  EXPECT_EQ(VerifyModelPackage(package).code(), StatusCode::kCorruption);
}

TEST_F(ModelPackageTest, ModelJsonOfImpossibleSizeOrKindIsRefused) {
  Write();
  SetContents(folder_ / "model.json", std::string(2 << 20, ' '));
  EXPECT_EQ(OpenModelPackage(folder_).status().code(), StatusCode::kCorruption);
  std::filesystem::remove(folder_ / "model.json");
  std::filesystem::create_directory(folder_ / "model.json");
  EXPECT_EQ(OpenModelPackage(folder_).status().code(), StatusCode::kCorruption);
}

TEST_F(ModelPackageTest, BadPartsAreRefusedAndLeaveNothingBehind) {
  const auto write = [&](int dim, const NetworkInput& input, const path& network,
                         const std::vector<HeadBytes>& heads) {
    return WriteModelPackage(folder_, "tiny", dim, input, network, heads).status().code();
  };
  EXPECT_EQ(write(0, TestInput(), TestNetwork(), {}), StatusCode::kInvalidArgument);
  EXPECT_EQ(write(kTestDim, {.size = 0}, TestNetwork(), {}), StatusCode::kInvalidArgument);
  EXPECT_EQ(write(kTestDim, TestInput(), temp_.path() / "no.xml", {}), StatusCode::kNotFound);
  EXPECT_EQ(write(kTestDim, TestInput(), TestNetwork(), {{20, "itq", "a"}, {20, "itq", "b"}}),
            StatusCode::kInvalidArgument);
  EXPECT_TRUE(Names(temp_.path()).empty());
  for (const path& name : {path(), path("."), path(".."), temp_.path() / ".."}) {
    EXPECT_EQ(WriteTestPackage(name).status().code(), StatusCode::kInvalidArgument) << name;
  }
}

TEST_F(ModelPackageTest, NothingThatExistsIsReplaced) {
  const ModelPackage package = Write();
  std::filesystem::create_directory(temp_.path() / "empty");
  std::filesystem::create_symlink("nowhere", temp_.path() / "link");
  for (const char* name : {"package", "package/", "empty", "link"}) {
    EXPECT_EQ(WriteTestPackage(temp_.path() / name).status().code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(CopyModelPackage(package, temp_.path() / name).status().code(),
              StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(VerifyModelPackage(package).ok());
}

TEST_F(ModelPackageTest, WhatAnInterruptedWriteLeftDoesNotStandInTheWay) {
  const path left = temp_.path() / "package.tmp-0";
  std::filesystem::create_directory(left);
  SetContents(left / "network.xml", "half");
  EXPECT_TRUE(VerifyModelPackage(Write()).ok());
  EXPECT_EQ(Names(temp_.path()), (std::vector<std::string>{"package", "package.tmp-0"}));
}

TEST_F(ModelPackageTest, AFailedWriteLeavesNothing) {
  // A file may not grow past 5,000 bytes for a moment, as on a full disk: network.bin is larger.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{5000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status status = WriteTestPackage(folder_).status();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_TRUE(Names(temp_.path()).empty());
}

}  // namespace
}  // namespace hashlens
