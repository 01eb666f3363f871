// A catalog whose bytes have changed is refused, or says exactly what it said before.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/temp_folder.h"
#include "base/test_files.h"
#include "store/catalog.h"
#include "store/catalog_test_util.h"
#include "store/sqlite.h"

namespace hashlens {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kStride = 17;  // sanitized code is slow; the plain build tries every byte
#else
constexpr size_t kStride = 1;
#endif
constexpr size_t kThreads = 2;

const std::vector<std::string> kPaths = {"a.jpg", "b/c.jpg", "b/d.jpg", "e.jpg", "new.png"};

// Five images in two segments, a removed one, tags, failures and skipped files.
void MakeSmallLibrary(const Path& file) {
  auto catalog = Catalog::Create(file, TestMeta());
  ASSERT_TRUE(catalog.ok()) << catalog.status().message();
  ASSERT_TRUE(catalog->AddRoot("/photos", "../photos").ok());
  ASSERT_TRUE(catalog->AddRoot("/more", "../more").ok());
  ASSERT_TRUE(
      catalog->Commit(TestBatch(1, 1, 1, {"a.jpg", "b/c.jpg", "b/d.jpg"}, {{"trip", "Rome"}}))
          .ok());
  CatalogBatch batch =
      TestBatch(2, 4, 2, {"a.jpg", "e.jpg", "gone.jpg"}, {{"trip", "Rome"}, {"with", "Ada"}});
  batch.failures.push_back({1, "broken.jpg", {3, 4}, false, "cut short", 5});
  batch.failures.push_back({1, "notes.txt", {6, 7}, true, "", 8});
  ASSERT_TRUE(catalog->Commit(batch).ok());
  auto removed = catalog->RemoveImages({6});
  ASSERT_TRUE(removed.ok());
  ASSERT_EQ(*removed, 1u);
}

// What readers go by without Verify, one answer a question; "refused" where there is corruption.
std::vector<std::string> Answers(const Catalog& catalog) {
  std::vector<std::string> answers;
  const auto add = [&](const Status& status, const std::string& answer) {
    const bool refused = status.code() == StatusCode::kCorruption;
    answers.push_back(status.ok() ? answer : refused ? "refused" : status.message());
  };
  CatalogSnapshot intact;
  intact.segments = {TestSegment(1, 1, 3, 3), TestSegment(2, 4, 6, 3)};
  for (const uint64_t id : {1, 2, 3, 4, 5}) {
    const auto image = catalog.FindImageOf(intact, id);
    add(image.status(), image.ok() && *image ? Line(**image) : "none");
  }
  std::string text;
  const auto snapshot = catalog.ReadSnapshot();
  if (snapshot.ok()) {
    for (const SegmentRow& segment : snapshot->segments) text += segment.features_file + " ";
    for (const uint64_t id : snapshot->removed) text += Numbered("removed ", id);
    text += Numbered(" next ", snapshot->meta.next_id);
  }
  add(snapshot.status(), std::exchange(text, ""));
  const auto roots = catalog.Roots();
  if (roots.ok()) {
    for (const RootRow& root : *roots) text += root.path + " ";
  }
  add(roots.status(), std::exchange(text, ""));
  const Status listed =
      catalog.ForEachFailure(/*with_skipped=*/true, [&](const FailureRow& failure) -> Status {
        text += Line(failure);
        return {};
      });
  add(listed, std::exchange(text, ""));
  for (const auto& [key, value] : Tags{{"trip", "Rome"}, {"with", "Ada"}}) {
    const auto tagged = catalog.ImagesWithTags({{key, value}});
    if (tagged.ok()) {
      for (const uint64_t id : *tagged) text += Numbered(" ", id);
    }
    add(tagged.status(), std::exchange(text, ""));
  }
  const auto counts = catalog.TagCounts();
  if (counts.ok()) {
    for (const CatalogTagCount& count : *counts)
      text += Numbered(count.key + count.value, count.images);
  }
  add(counts.status(), std::exchange(text, ""));
  ImageFilter filter;
  filter.tags = {{"trip", "Rome"}};
  filter.under = {{1, "b"}, {2, ""}};
  filter.added_since = 1;
  const Status matched = catalog.ForEachMatch(filter, [&](const ImageRow& image) -> Status {
    text += Line(image);
    return {};
  });
  add(matched, std::exchange(text, ""));
  return answers;
}

// Empty when the catalog was refused with a fitting code, or says `expected`.
std::string Wrong(const Path& file, const std::string& expected) {
  auto catalog = Catalog::Open(file, Catalog::Mode::kRead);
  const Status status = catalog.ok() ? catalog->Verify() : catalog.status();
  if (!status.ok()) {
    const bool fitting =
        status.code() == StatusCode::kCorruption || status.code() == StatusCode::kUnsupported;
    return fitting ? "" : "refused with another code: " + status.message();
  }
  auto content = Dump(*catalog, kPaths);
  if (!content.ok()) return "healthy, but cannot be read: " + content.status().message();
  return *content == expected ? "" : "healthy, but says something else";
}

// Damage that only Verify would find must not change what readers are told.
void ExpectTrueOrRefused(const Path& file, const std::vector<std::string>& expected) {
  const auto catalog = Catalog::Open(file, Catalog::Mode::kRead);
  if (!catalog.ok()) return;
  const std::vector<std::string> answers = Answers(*catalog);
  ASSERT_EQ(answers.size(), expected.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_TRUE(answers[i] == expected[i] || answers[i] == "refused") << answers[i];
  }
}

void ExpectFlipsHarmless(const Path& file, const std::string& expected, const std::string& good,
                         std::span<const size_t> places) {
  WriteWhole(file, good);
  const std::vector<std::string> answers = Answers(*Catalog::Open(file, Catalog::Mode::kRead));
  ASSERT_EQ(std::ranges::count(answers, "refused"), 0);
  FileHandle handle(::open(file.c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_TRUE(handle.open());
  for (const size_t at : places) {
    const char flipped = static_cast<char>(good[at] ^ (at % 3 == 0   ? 0xff
                                                       : at % 3 == 1 ? 0x01
                                                                     : 0x08));
    ASSERT_EQ(::pwrite(handle.fd(), &flipped, 1, static_cast<off_t>(at)), 1);
    EXPECT_EQ(Wrong(file, expected), "") << "byte " << at;
    SCOPED_TRACE("byte " + std::to_string(at));
    ExpectTrueOrRefused(file, answers);
    ASSERT_EQ(::pwrite(handle.fd(), &good[at], 1, static_cast<off_t>(at)), 1);
  }
  EXPECT_EQ(ReadWhole(file), good);
}

// On several threads, each with a copy of its own.
void ExpectFlipsHarmless(const Path& folder, const std::string& expected, const std::string& good,
                         const std::vector<size_t>& places) {
  ASSERT_FALSE(places.empty());
  const size_t share = places.size() / kThreads + 1;
  std::vector<std::jthread> threads;
  for (size_t i = 0; i < kThreads; ++i) {
    const size_t first = std::min(i * share, places.size());
    const auto mine = std::span(places).subspan(first, std::min(share, places.size() - first));
    threads.emplace_back(
        [&, i, mine] { ExpectFlipsHarmless(folder / Numbered("copy", i), expected, good, mine); });
  }
}

class CatalogDamage : public testing::Test {
 protected:
  void SetUp() override {
    MakeSmallLibrary(file_);
    auto catalog = Catalog::Open(file_, Catalog::Mode::kRead);
    ASSERT_TRUE(catalog.ok()) << catalog.status().message();
    const Status healthy = catalog->Verify();
    ASSERT_TRUE(healthy.ok()) << healthy.message();
    auto content = Dump(*catalog, kPaths);
    ASSERT_TRUE(content.ok()) << content.status().message();
    content_ = *content;
    good_ = ReadWhole(file_);
  }
  TempFolder folder_;
  Path file_ = folder_.path() / "catalog.db";
  std::string content_;
  std::string good_;
};

// The same rows in pages of 512 bytes: fewer unused bytes, more inner pages, and overflow pages.
TEST_F(CatalogDamage, EveryFlippedByteOfSmallPagesIsFoundOrHarmless) {
  {
    auto connection = SqliteConnection::Open(file_, SqliteConnection::Mode::kWrite);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE(
        (*connection)
            ->Execute(
                "PRAGMA journal_mode=DELETE; PRAGMA page_size=512; VACUUM; PRAGMA journal_mode=WAL")
            .ok());
  }
  const std::string small = ReadWhole(file_);
  ASSERT_LT(small.size(), good_.size() / 2);
  ASSERT_EQ(Wrong(file_, content_), "");
  std::vector<size_t> places;
  for (size_t at = 0; at < small.size(); at += kStride) places.push_back(at);
  ExpectFlipsHarmless(folder_.path(), content_, small, places);
}

// Pages as they come: every byte that says something, and some of the zeros in unused space.
TEST_F(CatalogDamage, EveryFlippedByteIsFoundOrHarmless) {
  ASSERT_EQ(good_.size() % 4096, 0u);
  std::vector<size_t> places;
  for (size_t at = 0; at < good_.size(); at += kStride) {
    if (good_[at] != 0 || at % 32 == 0) places.push_back(at);
  }
  ExpectFlipsHarmless(folder_.path(), content_, good_, places);
}

TEST_F(CatalogDamage, EveryTruncationIsFound) {
  for (size_t size = 0; size < good_.size(); size += 64) {
    WriteWhole(file_, good_.substr(0, size));
    EXPECT_EQ(Catalog::Open(file_, Catalog::Mode::kRead).status().code(), StatusCode::kCorruption)
        << size;
    EXPECT_EQ(Catalog::Open(file_, Catalog::Mode::kWrite).status().code(), StatusCode::kCorruption)
        << size;
    EXPECT_EQ(ReadWhole(file_), good_.substr(0, size));
  }
}

TEST_F(CatalogDamage, TextThatIsNoCatalogIsRefused) {
  for (const std::string text : {"hello", "SQLite format 3"}) {
    WriteWhole(file_, text + std::string(5000, 'x'));
    EXPECT_EQ(Catalog::Open(file_, Catalog::Mode::kWrite).status().code(), StatusCode::kCorruption);
  }
}

}  // namespace
}  // namespace hashlens
