#include "store/feature_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/half.h"
#include "base/temp_folder.h"
#include "base/test_files.h"
#include "base/try.h"

namespace hashlens {
namespace {

Status WriteRows(const Path& path, int dim, const std::vector<std::vector<float>>& rows,
                 FeatureType type = FeatureType::kFp16) {
  HL_ASSIGN(FeatureFileWriter writer, FeatureFileWriter::Create(path, dim, type));
  for (const auto& row : rows) HL_TRY(writer.Append(row));
  return writer.Finish();
}

std::vector<std::vector<float>> RandomRows(int dim, size_t count) {
  std::mt19937 random(7);
  std::normal_distribution<float> values;
  std::vector<std::vector<float>> rows(count, std::vector<float>(static_cast<size_t>(dim)));
  for (auto& row : rows) {
    for (float& value : row) value = values(random);
  }
  return rows;
}

// Opening and checking every row.
Status Check(const Path& path) {
  HL_ASSIGN(const FeatureFile file, FeatureFile::Open(path));
  return file.Verify();
}

TEST(FeatureFile, GivesBackWhatWasWritten) {
  TempFolder folder;
  for (const int dim : {1, 3, 256}) {
    for (const size_t count : {0, 1, 9000}) {
      const Path path = folder.path() / "f";
      const auto rows = RandomRows(dim, count);
      ASSERT_TRUE(WriteRows(path, dim, rows).ok());
      EXPECT_EQ(std::filesystem::file_size(path), 64 + count * (2 * static_cast<size_t>(dim) + 4));
      auto file = FeatureFile::Open(path);
      ASSERT_TRUE(file.ok()) << file.status().message();
      EXPECT_EQ(file->dim(), dim);
      ASSERT_EQ(file->rows(), count);
      EXPECT_TRUE(file->Verify().ok());
      for (size_t row = 0; row < count; ++row) {
        file->Prefetch(row, 1);
        auto values = file->Rows(row, 1);
        ASSERT_TRUE(values.ok());
        for (size_t i = 0; i < rows[row].size(); ++i)
          ASSERT_EQ((*values)[i], HalfFromFloat(rows[row][i]));
      }
    }
  }
}

TEST(FeatureFile, StoredRowsAreCopiedAsTheyAre) {
  TempFolder folder;
  const std::vector<uint16_t> row = {0x0000, 0x8000, 0x7c00, 0x7e01, 0x0001};
  auto writer = FeatureFileWriter::Create(folder.path() / "f", 5, FeatureType::kFp16);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->AppendStored(row).ok());
  EXPECT_EQ(writer->rows(), 1u);
  ASSERT_TRUE(writer->Finish().ok());
  auto file = FeatureFile::Open(folder.path() / "f");
  ASSERT_TRUE(file.ok());
  auto values = file->Rows(0, 1);
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(*values, row);
}

TEST(FeatureFile, AnUnfinishedFileIsNotValid) {
  TempFolder folder;
  const Path path = folder.path() / "f";
  {
    auto writer = FeatureFileWriter::Create(path, 512, FeatureType::kFp16);
    ASSERT_TRUE(writer.ok());
    for (const auto& row : RandomRows(512, 4000)) ASSERT_TRUE(writer->Append(row).ok());
  }
  EXPECT_GT(std::filesystem::file_size(path), 64u);
  EXPECT_EQ(Check(path).code(), StatusCode::kCorruption);
}

TEST(FeatureFile, EveryTruncationAndEveryFlippedByteIsFound) {
  TempFolder folder;
  const Path path = folder.path() / "f";
  for (const FeatureType type : {FeatureType::kFp16, FeatureType::kInt8}) {
    ASSERT_TRUE(WriteRows(path, 3, RandomRows(3, 4), type).ok());
    const std::string good = ReadWhole(path);
    for (size_t size = 0; size < good.size(); ++size) {
      WriteWhole(path, good.substr(0, size));
      EXPECT_EQ(Check(path).code(), StatusCode::kCorruption) << size;
    }
    WriteWhole(path, good + '\0');
    EXPECT_EQ(Check(path).code(), StatusCode::kCorruption);
    for (size_t at = 0; at < good.size(); ++at) {
      for (const int flip : {0x01, 0x80, 0xff}) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ flip);
        WriteWhole(path, bad);
        EXPECT_EQ(Check(path).code(), StatusCode::kCorruption) << at;
      }
    }
  }
}

TEST(FeatureFile, EightBitsAValueGiveTheSameNumbersHoweverOftenTheyAreCopied) {
  TempFolder folder;
  const Path path = folder.path() / "f";
  const Path copy_path = folder.path() / "copy";
  const auto rows = RandomRows(1280, 50);
  ASSERT_TRUE(WriteRows(path, 1280, rows, FeatureType::kInt8).ok());
  EXPECT_EQ(std::filesystem::file_size(path), 64 + 50 * (1280 + 8));
  const auto file = FeatureFile::Open(path);
  ASSERT_TRUE(file.ok()) << file.status().message();
  EXPECT_EQ(file->type(), FeatureType::kInt8);
  EXPECT_EQ(file->dim(), 1280);
  const auto values = file->Rows(0, 50);
  ASSERT_TRUE(values.ok());
  auto copy = FeatureFileWriter::Create(copy_path, 1280, FeatureType::kInt8);
  ASSERT_TRUE(copy.ok());
  for (size_t row = 0; row < 50; ++row) {
    const auto one = file->Rows(row, 1);
    ASSERT_TRUE(one.ok());
    ASSERT_TRUE(std::equal(one->begin(), one->end(), values->begin() + row * 1280));
    for (size_t i = 0; i < 1280; ++i)
      ASSERT_NEAR(FloatFromHalf((*one)[i]), rows[row][i], 8.0 / 255);
    ASSERT_TRUE(copy->AppendStored(*one).ok());
  }
  ASSERT_TRUE(copy->Finish().ok());
  EXPECT_EQ(ReadWhole(path), ReadWhole(copy_path));
}

TEST(FeatureFile, EightBitsAValueNeedFiniteNumbers) {
  TempFolder folder;
  auto writer = FeatureFileWriter::Create(folder.path() / "f", 2, FeatureType::kInt8);
  ASSERT_TRUE(writer.ok());
  EXPECT_EQ(writer->Append(std::vector<float>{1.0f, 1e9f}).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(writer->rows(), 0u);
}

// The checksums fit; the fields do not go together, or are of a version to come.
TEST(FeatureFile, RefusesHeadersThatAreNone) {
  TempFolder folder;
  const Path path = folder.path() / "f";
  ASSERT_TRUE(WriteRows(path, 4, {}, FeatureType::kInt8).ok());
  const std::string good = ReadWhole(path);
  const auto check = [&](char version, char type) {
    std::string header = good.substr(0, 60);
    header[8] = version;
    header[12] = type;
    PutLittleEndian(&header, Crc32c(AsBytes(header)));
    WriteWhole(path, header);
    return Check(path).code();
  };
  EXPECT_EQ(check(2, 2), StatusCode::kOk);
  EXPECT_EQ(check(1, 1), StatusCode::kOk);
  EXPECT_EQ(check(3, 2), StatusCode::kUnsupported);
  for (const auto& [version, type] : {std::pair{1, 2}, {2, 1}, {0, 0}, {2, 3}}) {
    EXPECT_EQ(check(static_cast<char>(version), static_cast<char>(type)), StatusCode::kCorruption);
  }
}

TEST(FeatureFile, SwappedRowsAreFound) {
  TempFolder folder;
  const Path path = folder.path() / "f";
  ASSERT_TRUE(WriteRows(path, 3, RandomRows(3, 2)).ok());
  const std::string good = ReadWhole(path);
  WriteWhole(path, good.substr(0, 64) + good.substr(74, 10) + good.substr(64, 10));
  const Status status = Check(path);
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_NE(status.message().find("row 0 at offset 64"), std::string::npos) << status.message();
}

TEST(FeatureFile, RefusesDimensionsOutOfRange) {
  TempFolder folder;
  for (const int dim : {-1, 0, 65537}) {
    EXPECT_EQ(
        FeatureFileWriter::Create(folder.path() / "f", dim, FeatureType::kFp16).status().code(),
        StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(FeatureFile::Open(folder.path() / "none").status().code(), StatusCode::kNotFound);
}

std::string HexOf(const Path& path) {
  std::string hex;
  for (const char byte : ReadWhole(path)) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

// The examples of docs/FORMAT.md.
TEST(FeatureFile, TheBytesAreAsSpecified) {
  TempFolder folder;
  const Path path = folder.path() / "example";
  ASSERT_TRUE(WriteRows(path, 3, {{1.0f, -0.5f, 0.25f}, {0.0f, 2.0f, 65504.0f}}).ok());
  EXPECT_EQ(HexOf(path),
            "484c464541545552010000000100000003000000000000000200000000000000"
            "000000000000000000000000000000000000000000000000000000005de9b1b4"
            "003c00b80034e2472a1200000040ff7bdb39fbae");
  ASSERT_TRUE(WriteRows(path, 3, {{1.0f, -0.5f, 0.25f}}, FeatureType::kInt8).ok());
  EXPECT_EQ(HexOf(path),
            "484c464541545552020000000200000003000000000000000100000000000000"
            "000000000000000000000000000000000000000000000000000000009a69c02d"
            "00b8003cff008019ba2cca");
}

}  // namespace
}  // namespace hashlens
