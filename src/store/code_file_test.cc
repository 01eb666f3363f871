#include "store/code_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "base/code.h"
#include "base/crc32c.h"
#include "base/temp_folder.h"
#include "base/test_files.h"

namespace hashlens {
namespace {

SegmentCodes RandomSegment(int bits, size_t rows) {
  std::mt19937_64 random(static_cast<uint64_t>(bits));
  SegmentCodes segment;
  segment.bits = bits;
  uint64_t id = 0;
  for (size_t row = 0; row < rows; ++row) segment.ids.push_back(id += 1 + random() % 3);
  segment.codes.resize(rows * CodeBytes(bits));
  for (uint8_t& byte : segment.codes) byte = static_cast<uint8_t>(random());
  if (bits % 8 != 0) {
    const size_t stride = CodeBytes(bits);
    for (size_t last = stride - 1; last < segment.codes.size(); last += stride) {
      segment.codes[last] = static_cast<uint8_t>(segment.codes[last] & ((1 << (bits % 8)) - 1));
    }
  }
  return segment;
}

// The header's fields changed on purpose, with a right checksum.
std::string WithField(std::string bytes, size_t at, std::string_view field) {
  bytes.replace(at, field.size(), field);
  std::string crc;
  PutLittleEndian(&crc, Crc32c(AsBytes(std::string_view(bytes).substr(0, 60))));
  return bytes.replace(60, 4, crc);
}

TEST(CodeFile, GivesBackWhatWasWritten) {
  TempFolder folder;
  const Path path = folder.path() / "c";
  for (const int bits : {8, 12, 48, 63, 128, 512}) {
    for (const size_t rows : {0, 1, 1000}) {
      const SegmentCodes segment = RandomSegment(bits, rows);
      ASSERT_TRUE(WriteCodeFile(path, segment).ok());
      auto read = ReadCodeFile(path);
      ASSERT_TRUE(read.ok()) << read.status().message();
      EXPECT_EQ(read->bits, bits);
      EXPECT_EQ(read->ids, segment.ids);
      EXPECT_EQ(read->codes, segment.codes);
    }
  }
}

TEST(CodeFile, RefusesWhatIsNoSegment) {
  TempFolder folder;
  const Path path = folder.path() / "c";
  const auto refused = [&](const SegmentCodes& segment) {
    return WriteCodeFile(path, segment).code() == StatusCode::kInvalidArgument;
  };
  SegmentCodes segment = RandomSegment(12, 3);
  segment.ids[1] = segment.ids[0];
  EXPECT_TRUE(refused(segment));
  segment = RandomSegment(12, 3);
  segment.codes[3] = 0x10;
  EXPECT_TRUE(refused(segment));
  segment = RandomSegment(12, 3);
  segment.codes.pop_back();
  EXPECT_TRUE(refused(segment));
  for (const int bits : {-8, 0, 7, 513}) {
    segment = SegmentCodes();
    segment.bits = bits;
    EXPECT_TRUE(refused(segment));
  }
  EXPECT_EQ(ReadCodeFile(folder.path() / "none").status().code(), StatusCode::kNotFound);
}

TEST(CodeFile, EveryTruncationAndEveryFlippedByteIsFound) {
  TempFolder folder;
  const Path path = folder.path() / "c";
  ASSERT_TRUE(WriteCodeFile(path, RandomSegment(20, 5)).ok());
  const std::string good = ReadWhole(path);
  for (size_t size = 0; size < good.size(); ++size) {
    WriteWhole(path, good.substr(0, size));
    EXPECT_EQ(ReadCodeFile(path).status().code(), StatusCode::kCorruption) << size;
  }
  WriteWhole(path, good + '\0');
  EXPECT_EQ(ReadCodeFile(path).status().code(), StatusCode::kCorruption);
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ flip);
      WriteWhole(path, bad);
      EXPECT_EQ(ReadCodeFile(path).status().code(), StatusCode::kCorruption) << at;
    }
  }
}

TEST(CodeFile, FieldsThatLieWithARightChecksumAreFound) {
  TempFolder folder;
  const Path path = folder.path() / "c";
  ASSERT_TRUE(WriteCodeFile(path, RandomSegment(16, 5)).ok());
  const std::string good = ReadWhole(path);
  WriteWhole(path, WithField(good, 8, "\x02"));
  const Status newer = ReadCodeFile(path).status();
  EXPECT_EQ(newer.code(), StatusCode::kUnsupported);
  EXPECT_NE(newer.message().find("update hashlens"), std::string::npos);
  WriteWhole(path, WithField(good, 8, std::string_view("\0", 1)));
  EXPECT_EQ(ReadCodeFile(path).status().code(), StatusCode::kCorruption);
  WriteWhole(path, WithField(good, 12, std::string_view("\0\0\0\0", 4)));
  EXPECT_EQ(ReadCodeFile(path).status().code(), StatusCode::kCorruption);
  WriteWhole(path, WithField(good, 12, "\xff\xff\xff\xff"));
  EXPECT_EQ(ReadCodeFile(path).status().code(), StatusCode::kCorruption);
  // 5 + 2^61 rows: times 8 it would be 5 again.
  WriteWhole(path, WithField(good, 23, "\x20"));
  EXPECT_EQ(ReadCodeFile(path).status().code(), StatusCode::kCorruption);
}

// The example of docs/FORMAT.md.
TEST(CodeFile, TheBytesAreAsSpecified) {
  TempFolder folder;
  const Path path = folder.path() / "example";
  ASSERT_TRUE(WriteCodeFile(path, {12, {1, 2, 5}, {0xff, 0x0f, 0x01, 0x00, 0xa5, 0x0a}}).ok());
  std::string hex;
  for (const char byte : ReadWhole(path)) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  EXPECT_EQ(hex,
            "484c434f44455300010000000c000000030000000000000027bc61b7b33547e4"
            "0000000000000000000000000000000000000000000000000000000068a378f7"
            "010000000000000002000000000000000500000000000000ff0f0100a50a");
}

}  // namespace
}  // namespace hashlens
