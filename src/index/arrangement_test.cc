#include "index/arrangement.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "hashlens/code_index.h"

namespace hashlens {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr int kBits = 40;
constexpr uint64_t kRows = 640;

class ArrangementTest : public testing::Test {
 protected:
  ArrangementTest() : index_(kBits) {
    std::mt19937_64 random(3);
    const uint8_t centres[] = {0x00, 0xff, 0x3c};
    for (uint64_t row = 0; row < kRows; ++row) {
      Bytes code(kBits / 8, centres[row % 3]);
      code[random() % code.size()] ^= static_cast<uint8_t>(random() & 0x11);
      index_.Append(code);
    }
    EXPECT_TRUE(index_.Prepare().ok());
    EXPECT_TRUE(index_.SavePrepared(file()).ok());
  }

  Path file() const { return folder_.path() / "arranged"; }

  std::vector<Neighbor> Found(const CodeIndex& index, Strategy strategy) const {
    return index.Search(Bytes(kBits / 8, 0x3d), {.k = 100, .strategy = strategy})[0];
  }

  CodeIndex index_;
  TempFolder folder_;
};

TEST_F(ArrangementTest, LoadsWhatWasSaved) {
  CodeIndex copy = index_.FirstRows(kRows);
  copy.Append(Bytes(kBits / 8, 0x3d));  // comes later, and is scanned
  ASSERT_TRUE(copy.LoadPrepared(file()).ok());
  EXPECT_EQ(copy.prepared_rows(), kRows);
  for (const Strategy strategy : {Strategy::kDistinct, Strategy::kBalls, Strategy::kMih}) {
    EXPECT_TRUE(copy.Can(strategy));
    EXPECT_EQ(Found(copy, strategy), Found(copy, Strategy::kScan)) << StrategyName(strategy);
  }
  EXPECT_EQ(Found(copy, Strategy::kBalls)[0], (Neighbor{kRows, 0}));
}

TEST_F(ArrangementTest, OfOtherCodesIsRefusedAndChangesNothing) {
  CodeIndex fewer = index_.FirstRows(kRows - 1);
  EXPECT_EQ(fewer.prepared_rows(), 0u);
  EXPECT_EQ(fewer.LoadPrepared(file()).code(), StatusCode::kInvalidArgument);
  fewer.Append(Bytes(kBits / 8, 0x77));
  EXPECT_EQ(fewer.LoadPrepared(file()).code(), StatusCode::kInvalidArgument);
  CodeIndex longer(kBits + 8);
  longer.Append(Bytes(kRows * (kBits / 8 + 1)));
  EXPECT_EQ(longer.LoadPrepared(file()).code(), StatusCode::kInvalidArgument);
  CodeIndex same = index_.FirstRows(kRows);
  EXPECT_EQ(same.LoadPrepared(folder_.path() / "none").code(), StatusCode::kNotFound);
  EXPECT_EQ(same.LoadPrepared(folder_.path()).code(), StatusCode::kCorruption);
  EXPECT_EQ(same.prepared_rows(), kRows);
  EXPECT_EQ(CodeIndex(kBits).SavePrepared(file()).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(same.LoadPrepared(file()).ok());
}

TEST_F(ArrangementTest, EveryChangedByteIsFound) {
  const std::string whole = ReadWhole(file());
  CodeIndex index = index_.FirstRows(kRows);
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    WriteWhole(file(), changed);
    const StatusCode code = index.LoadPrepared(file()).code();
    EXPECT_TRUE(code == StatusCode::kCorruption || code == StatusCode::kUnsupported) << at;
  }
  for (const size_t size : {size_t{0}, size_t{63}, size_t{64}, whole.size() - 1}) {
    WriteWhole(file(), whole.substr(0, size));
    EXPECT_EQ(index.LoadPrepared(file()).code(), StatusCode::kCorruption) << size;
  }
  EXPECT_EQ(Found(index, Strategy::kBalls), Found(index, Strategy::kScan));
}

// A file whose checksums are right and whose numbers are not: nothing may be read by them.
TEST_F(ArrangementTest, NumbersOutOfRangeAreFound) {
  const auto opened = ArrangementFile::Open(file());
  ASSERT_TRUE(opened.ok());
  const auto expect_refused = [&](const auto& change) {
    auto arrangement = opened->Read();
    ASSERT_TRUE(arrangement.ok()) << arrangement.status().message();
    change(&*arrangement);
    const Path other = folder_.path() / "other";
    ASSERT_TRUE(WriteArrangement(other, *arrangement, opened->fingerprint(), 1).ok());
    CodeIndex index = index_.FirstRows(kRows);
    EXPECT_EQ(index.LoadPrepared(other).code(), StatusCode::kCorruption);
  };
  expect_refused([](Arrangement* a) { a->rows[5] = kRows; });
  expect_refused([](Arrangement* a) { a->rows[5] = a->rows[6]; });
  expect_refused([](Arrangement* a) { a->starts[1] = a->starts[2]; });
  expect_refused([](Arrangement* a) { a->starts[1] = ~0u; });
  expect_refused([](Arrangement* a) { a->starts.back() = 7; });
  expect_refused([](Arrangement* a) { a->groups[1] = ~0u; });
  expect_refused([](Arrangement* a) { a->groups.front() = 1; });
  expect_refused([](Arrangement* a) { a->radii.front() = 0xffff; });
}

TEST_F(ArrangementTest, FirstRowsShareNothingThatChanges) {
  CodeIndex some = index_.FirstRows(kRows - 5);
  CodeIndex others = index_.FirstRows(kRows - 5);
  some.Append(Bytes(kBits / 8, 0x11));
  others.Append(Bytes(kBits / 8, 0x22));
  index_.Append(Bytes(kBits / 8, 0x33));
  Bytes code(kBits / 8);
  some.GetCode(kRows - 5, code);
  EXPECT_EQ(code, Bytes(kBits / 8, 0x11));
  others.GetCode(kRows - 5, code);
  EXPECT_EQ(code, Bytes(kBits / 8, 0x22));
  index_.GetCode(kRows, code);
  EXPECT_EQ(code, Bytes(kBits / 8, 0x33));
  EXPECT_EQ(others.rows(), kRows - 4);
  EXPECT_EQ(Found(some, Strategy::kScan).size(), 100u);
}

}  // namespace
}  // namespace hashlens
