// Readers beside a writer, each with a connection of its own.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <numeric>
#include <thread>

#include "base/temp_folder.h"
#include "store/catalog.h"
#include "store/catalog_test_util.h"

namespace hashlens {
namespace {

constexpr uint64_t kCommits = 60;

// A snapshot whose parts belong together: the ids go up to the last segment, and rows add up.
void ExpectWhole(const CatalogSnapshot& snapshot) {
  const uint64_t rows =
      std::accumulate(snapshot.segments.begin(), snapshot.segments.end(), uint64_t{0},
                      [](uint64_t sum, const SegmentRow& segment) { return sum + segment.rows; });
  EXPECT_EQ(snapshot.meta.next_id, rows + 1);
  EXPECT_EQ(snapshot.segments.empty() ? 0 : snapshot.segments.back().last_image, rows);
  EXPECT_EQ(snapshot.removed.size(), snapshot.segments.size() / 2);
}

TEST(CatalogConcurrency, ReadersSeeWholeCommitsAndHoldNobodyUp) {
  TempFolder folder;
  const Path file = folder.path() / "catalog.db";
  auto writer = Catalog::Create(file, TestMeta());
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->AddRoot("/photos", "../photos").ok());
  std::atomic<bool> done = false;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&, i] {
      uint64_t last = 0;
      bool more = true;
      while (more) {
        more = !done;  // once more after the end
        auto reader = Catalog::Open(file, Catalog::Mode::kRead);
        ASSERT_TRUE(reader.ok()) << reader.status().message();
        for (int again = 0; again < 1 + i * 5; ++again) {
          auto snapshot = reader->ReadSnapshot();
          ASSERT_TRUE(snapshot.ok()) << snapshot.status().message();
          ExpectWhole(*snapshot);
          EXPECT_GE(snapshot->meta.next_id, last);
          last = snapshot->meta.next_id;
        }
        const Status healthy = reader->Verify();
        EXPECT_TRUE(healthy.ok()) << healthy.message();
      }
      EXPECT_EQ(last, 3 * kCommits + 1);
    });
  }
  for (uint64_t i = 0; i < kCommits; ++i) {
    // Every second commit replaces an image, in the same transaction.
    const uint64_t first = 3 * i + 1;
    const std::string replaced = i % 2 == 1 ? Numbered("p", first - 3) : Numbered("p", first);
    const Status status = writer->Commit(
        TestBatch(i + 1, first, 1, {replaced, Numbered("q", first), Numbered("r", first)}));
    EXPECT_TRUE(status.ok()) << status.message();
  }
  done = true;
}

// The child is killed at some point of the commit after the last one that it told of.
TEST(CatalogConcurrency, AKilledWriterLosesNoCommit) {
  TempFolder folder;
  const Path file = folder.path() / "catalog.db";
  {
    auto catalog = Catalog::Create(file, TestMeta());
    ASSERT_TRUE(catalog.ok());
    ASSERT_TRUE(catalog->AddRoot("/photos", "../photos").ok());
  }
  uint64_t committed = 0;
  for (const uint64_t until : {1, 2, 5, 9}) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      auto catalog = Catalog::Open(file, Catalog::Mode::kWrite);
      if (!catalog.ok()) ::_exit(1);
      for (uint64_t id = committed + 1;; ++id) {
        if (!catalog->Commit(TestBatch(id, id, 1, {Numbered("p", id)})).ok()) ::_exit(1);
        if (::write(ends[1], "c", 1) != 1) ::_exit(1);
      }
    }
    ::close(ends[1]);
    uint64_t told = 0;
    char byte;
    while (told < until && ::read(ends[0], &byte, 1) == 1) ++told;
    ::kill(child, SIGKILL);
    int how = 0;
    ASSERT_EQ(::waitpid(child, &how, 0), child);
    ASSERT_TRUE(WIFSIGNALED(how));
    while (::read(ends[0], &byte, 1) == 1) ++told;
    ::close(ends[0]);
    auto catalog = Catalog::Open(file, Catalog::Mode::kWrite);
    ASSERT_TRUE(catalog.ok()) << catalog.status().message();
    const Status healthy = catalog->Verify();
    EXPECT_TRUE(healthy.ok()) << healthy.message();
    const uint64_t images = catalog->Counts()->images;
    EXPECT_GE(images, committed + told);
    EXPECT_LE(images, committed + told + 1);  // the last one may have been done but not told
    committed = images;
  }
}

TEST(CatalogConcurrency, AnOldSnapshotInUseDoesNotStopTheWriter) {
  TempFolder folder;
  const Path file = folder.path() / "catalog.db";
  auto writer = Catalog::Create(file, TestMeta());
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->AddRoot("/photos", "../photos").ok());
  ASSERT_TRUE(writer->Commit(TestBatch(1, 1, 1, {"a", "b", "c"})).ok());
  auto reader = Catalog::Open(file, Catalog::Mode::kRead);
  ASSERT_TRUE(reader.ok());
  uint64_t seen = 0;
  const auto commit_meanwhile = [&](const ImageRow&) -> Status {
    ++seen;
    return writer->Commit(TestBatch(1 + seen, 3 + seen, 1, {Numbered("new", seen)}));
  };
  ASSERT_TRUE(reader->ForEachImage(commit_meanwhile).ok());
  EXPECT_EQ(seen, 3u);
  EXPECT_EQ(reader->Counts()->images, 6u);
}

TEST(CatalogConcurrency, AFileListHoldsNeitherLockNorOldSnapshot) {
  TempFolder folder;
  const Path file = folder.path() / "catalog.db";
  auto scanning = Catalog::Create(file, TestMeta());
  ASSERT_TRUE(scanning.ok());
  ASSERT_TRUE(scanning->AddRoot("/photos", "../photos").ok());
  ASSERT_TRUE(scanning->BeginScan().ok());
  EXPECT_EQ(*scanning->AddFile(1, "a", {10, 20}, false, false), FileState::kNew);
  auto other = Catalog::Open(file, Catalog::Mode::kWrite);
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(other->Commit(TestBatch(1, 1, 1, {"a", "b"})).ok());
  EXPECT_EQ(*scanning->AddFile(1, "b", {10, 20}, false, false), FileState::kUnchanged);
  ASSERT_TRUE(scanning->Commit(TestBatch(2, 3, 1, {"a"})).ok());
  EXPECT_EQ(scanning->Queued(0, 10)->size(), 1u);
}

}  // namespace
}  // namespace hashlens
