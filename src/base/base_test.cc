#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <thread>

#include "base/bounded_queue.h"
#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "base/ground.h"
#include "base/half.h"
#include "base/parallel.h"
#include "base/picture_name.h"
#include "base/sha256.h"
#include "base/shell_word.h"
#include "base/temp_folder.h"
#include "base/test_files.h"

namespace hashlens {
namespace {

TEST(Crc32c, MatchesThePublishedCheckValueAndContinues) {
  EXPECT_EQ(Crc32c(AsBytes("123456789")), 0xE3069283u);
  EXPECT_EQ(Crc32c(AsBytes("6789"), Crc32c(AsBytes("12345"))), 0xE3069283u);
  EXPECT_EQ(Crc32c({}), 0u);
}

TEST(Sha256, MatchesThePublishedExample) {
  EXPECT_EQ(Sha256Hex(AsBytes("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Bytes, FieldsAreLittleEndianAndBounded) {
  std::string out;
  PutLittleEndian<uint32_t>(&out, 0x01020304u);
  EXPECT_EQ(out, std::string("\x04\x03\x02\x01", 4));
  ByteReader reader(AsBytes(out));
  uint64_t too_wide = 7;
  EXPECT_FALSE(reader.Read(&too_wide));
  uint32_t value = 0;
  EXPECT_TRUE(reader.Read(&value));
  EXPECT_EQ(value, 0x01020304u);
  EXPECT_FALSE(reader.Read(&value));
}

TEST(FileWriter, ReplacesALinkAndNotWhatItPointsAt) {
  const TempFolder folder;
  const Path victim = folder.path() / "victim";
  WriteWhole(victim, "precious");
  const Path file = folder.path() / "file";
  for (const Path& target : {victim, folder.path() / "nothing"}) {
    for (const Path& planted : {file, Path(file.native() + ".tmp")}) {
      std::filesystem::remove(file);
      std::filesystem::create_symlink(target, planted);
      ASSERT_TRUE(WriteFileDurably(file, AsBytes("new")).ok());
      EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(file)));
      EXPECT_EQ(ReadWhole(file), "new");
    }
  }
  EXPECT_EQ(ReadWhole(victim), "precious");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "nothing"));
  const Path lock = folder.path() / "lock";
  std::filesystem::create_symlink(folder.path() / "nothing", lock);
  EXPECT_EQ(FileLock::TryAcquire(lock).status().code(), StatusCode::kIoError);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "nothing"));
}

// Sanitizers need the address space for themselves.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(ReadFile, TooLittleMemoryIsAnError) {
  const TempFolder folder;
  const Path file = folder.path() / "large";
  WriteWhole(file, "");
  std::filesystem::resize_file(file, uint64_t{8} << 30);  // sparse
  const auto read_it = [&] {
    const rlimit little{uint64_t{4} << 30, uint64_t{4} << 30};
    if (::setrlimit(RLIMIT_AS, &little) != 0) ::_exit(2);
    const Status status = ReadFile(file, UINT64_MAX).status();
    const bool told = status.message().find("memory") != std::string::npos;
    ::_exit(status.code() == StatusCode::kIoError && told ? 0 : 1);
  };
  EXPECT_EXIT(read_it(), testing::ExitedWithCode(0), "");
}
#endif

TEST(Half, EveryHalfSurvivesTheRoundTrip) {
  for (uint32_t half = 0; half <= 0xffff; ++half) {
    const float value = FloatFromHalf(static_cast<uint16_t>(half));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(FloatFromHalf(HalfFromFloat(value))));
    } else {
      EXPECT_EQ(HalfFromFloat(value), half);
    }
  }
}

TEST(Half, RoundsToNearestEven) {
  EXPECT_EQ(FloatFromHalf(HalfFromFloat(1.0f + 0x1p-11f)), 1.0f);                // tie, to even
  EXPECT_EQ(FloatFromHalf(HalfFromFloat(1.0f + 3 * 0x1p-11f)), 1.0f + 0x1p-9f);  // tie, to even
  EXPECT_EQ(FloatFromHalf(HalfFromFloat(65519.0f)), 65504.0f);
  EXPECT_TRUE(std::isinf(FloatFromHalf(HalfFromFloat(65520.0f))));
  EXPECT_EQ(FloatFromHalf(HalfFromFloat(0x1p-25f)), 0.0f);
  EXPECT_EQ(FloatFromHalf(HalfFromFloat(0x1.8p-25f)), 0x1p-24f);
}

TEST(Printable, KeepsTextAndEscapesTheRest) {
  EXPECT_EQ(Printable(std::string_view("für 猫")), "für 猫");
  EXPECT_EQ(Printable(std::string_view("a\nb\x1b[31m")), "a\\x0ab\\x1b[31m");
  EXPECT_EQ(Printable(std::string_view("\xff\xc3")), "\\xff\\xc3");
  EXPECT_EQ(Printable(std::string_view("\xc2\x9b")), "\\xc2\\x9b");
}

TEST(ShellWord, IsOneLineThatAShellReadsAsThePath) {
  EXPECT_EQ(ShellWord("photos/a-b_1.hashlens"), "photos/a-b_1.hashlens");
  EXPECT_EQ(ShellWord("my photos"), "'my photos'");
  EXPECT_EQ(ShellWord("für 猫"), "'für 猫'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("~/a"), "'~/a'");
  EXPECT_EQ(ShellWord("-rf"), "./-rf");
  EXPECT_EQ(ShellWord("a\nb'\\\xff"), "$'a\\x0ab\\'\\\\\\xff'");
}

TEST(LayOverGround, IsWhiteUnlessThePictureIs) {
  using Bytes = std::vector<uint8_t>;
  EXPECT_EQ(LayOverGround(Bytes{}), Bytes{});
  EXPECT_EQ(LayOverGround(Bytes{10, 20, 30, 255, 9, 9, 9, 0}), (Bytes{10, 20, 30, 255, 255, 255}));
  EXPECT_EQ(LayOverGround(Bytes{250, 250, 250, 255, 9, 9, 9, 0}),
            (Bytes{250, 250, 250, 64, 64, 64}));
  EXPECT_EQ(LayOverGround(Bytes{9, 9, 9, 0}), (Bytes{255, 255, 255}));
  EXPECT_EQ(LayOverGround(Bytes{255, 255, 255, 255, 0, 0, 0, 255}),
            (Bytes{255, 255, 255, 0, 0, 0}));
  EXPECT_EQ(LayOverGround(Bytes{0, 0, 0, 128}), (Bytes{127, 127, 127}));
}

TEST(File, WritesReadsAndLimits) {
  TempFolder folder;
  const Path path = folder.path() / "file";
  const std::string big(3'000'000, 'x');
  {
    auto writer = FileWriter::Create(path);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->Append(AsBytes("head")).ok());
    ASSERT_TRUE(writer->Append(AsBytes(big)).ok());
    ASSERT_TRUE(writer->Append(AsBytes("tail")).ok());
    ASSERT_TRUE(writer->WriteAt(0, AsBytes("HEAD")).ok());
    ASSERT_TRUE(writer->SyncAndClose().ok());
  }
  FileStamp stamp;
  auto bytes = ReadFile(path, 1 << 24, &stamp);
  ASSERT_TRUE(bytes.ok());
  const std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  EXPECT_EQ(text, "HEAD" + big + "tail");
  EXPECT_EQ(stamp.size, text.size());
  EXPECT_EQ(ReadFile(path, 100).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadFile(folder.path() / "none", 100).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(ReadFile(folder.path(), 100).status().code(), StatusCode::kInvalidArgument);
  const auto opened = OpenRegularFile(path);
  ASSERT_TRUE(opened.ok());
  std::string tail(4, ' ');
  ASSERT_TRUE(opened->ReadAt(text.size() - 4, std::as_writable_bytes(std::span(tail))).ok());
  EXPECT_EQ(tail, "tail");
  EXPECT_EQ(opened->ReadAt(text.size() - 3, std::as_writable_bytes(std::span(tail))).code(),
            StatusCode::kCorruption);
}

TEST(File, ReasonsStandBesideTheirPath) {
  const Path path = "/a\nb/c.jpg";
  EXPECT_EQ(ReasonWithoutPath(ErrnoStatus(EACCES, "opening", path), path),
            "opening: Permission denied");
  EXPECT_EQ(ReasonWithoutPath(InvalidArgument(Printable(path) + ": not a regular file"), path),
            "not a regular file");
  EXPECT_EQ(ReasonWithoutPath(Corruption("cut short"), path), "cut short");
}

TEST(File, AFullDeviceIsAnErrorThatSaysWhatToDo) {
  auto writer = FileWriter::Create("/dev/full");
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->Append(AsBytes("x")).ok());
  const Status status = writer->SyncAndClose();
  EXPECT_EQ(status.code(), StatusCode::kIoError);
  EXPECT_NE(status.message().find("free some space"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));  // is still the device
}

TEST(File, TheLockIsExclusive) {
  TempFolder folder;
  auto first = FileLock::TryAcquire(folder.path() / "lock");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(FileLock::TryAcquire(folder.path() / "lock").status().code(), StatusCode::kBusy);
}

TEST(HasImageExtension, IgnoresCase) {
  for (const char* name : {"a.jpg", "b.JPEG", "dir.txt/c.Png", "x.heic", "x.tar.webp", "y.TIFF"}) {
    EXPECT_TRUE(HasImageExtension(name)) << name;
  }
  for (const char* name : {"a", ".jpg", "jpg", "a.jpg.txt", "a.mp4", "a.jpgx", ""}) {
    EXPECT_FALSE(HasImageExtension(name)) << name;
  }
}

TEST(BoundedQueue, DeliversEverythingInOrderAndEndsWhenClosed) {
  BoundedQueue<int> queue(3);
  std::jthread producer([&] {
    for (int i = 0; i < 1000; ++i) queue.Push(i);
    queue.Close();
  });
  int expected = 0;
  while (auto item = queue.Pop()) EXPECT_EQ(*item, expected++);
  EXPECT_EQ(expected, 1000);
  EXPECT_FALSE(queue.Push(1));
}

TEST(ParallelFor, CallsEachIndexOnce) {
  for (const size_t count : {0, 1, 2, 1000}) {
    std::vector<std::atomic<int>> calls(count);
    ParallelFor(count, [&](size_t i) { ++calls[i]; });
    for (const auto& times : calls) EXPECT_EQ(times.load(), 1);
  }
}

}  // namespace
}  // namespace hashlens
