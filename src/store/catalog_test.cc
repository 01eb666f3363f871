#include "store/catalog.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "base/temp_folder.h"
#include "store/catalog_tables.h"
#include "store/catalog_test_util.h"
#include "store/sqlite.h"

namespace hashlens {
namespace {

using Mode = Catalog::Mode;

class CatalogTest : public testing::Test {
 protected:
  Catalog Make() {
    auto catalog = Catalog::Create(file_, TestMeta());
    EXPECT_TRUE(catalog.ok()) << catalog.status().message();
    EXPECT_TRUE(catalog->AddRoot("/photos", "../photos").ok());
    return std::move(catalog).value();
  }
  std::vector<std::string> Under(const Catalog& catalog, const std::string& prefix) {
    std::vector<std::string> paths;
    EXPECT_TRUE(catalog
                    .ForEachImageUnder(1, prefix,
                                       [&](const ImageRow& image) -> Status {
                                         paths.push_back(image.path);
                                         return {};
                                       })
                    .ok());
    return paths;
  }
  TempFolder folder_;
  Path file_ = folder_.path() / "catalog.db";
};

TEST_F(CatalogTest, MakesNoSecondCatalogAndLeavesNothingBeside) {
  {
    auto catalog = Catalog::Create(file_, TestMeta());
    ASSERT_TRUE(catalog.ok());
    EXPECT_EQ(*catalog->ReadMeta(), TestMeta());
  }
  EXPECT_EQ(Catalog::Create(file_, TestMeta()).status().code(), StatusCode::kInvalidArgument);
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.path(), file_);
    ++files;
  }
  EXPECT_EQ(files, 1u);
  EXPECT_EQ(Catalog::Open(folder_.path() / "none", Mode::kWrite).status().code(),
            StatusCode::kNotFound);
}

TEST_F(CatalogTest, ARootMovesAndKeepsItsImages) {
  Catalog catalog = Make();
  ASSERT_TRUE(catalog.Commit(TestBatch(1, 1, 1, {"a"})).ok());
  ASSERT_TRUE(catalog.MoveRoot({1, "/elsewhere", "elsewhere"}).ok());
  EXPECT_EQ(catalog.MoveRoot({2, "/none", ""}).code(), StatusCode::kInvalidArgument);
  ASSERT_EQ(catalog.Roots()->size(), 1u);
  EXPECT_EQ(catalog.Roots()->front().path, "/elsewhere");
  EXPECT_EQ(catalog.Roots()->front().relative, "elsewhere");
  EXPECT_EQ(Under(catalog, "").size(), 1u);
  EXPECT_TRUE(catalog.Verify().ok());
}

TEST_F(CatalogTest, AForeignLogIsNotTakenForItsOwn) {
  std::ofstream(file_.native() + "-wal") << "left over";
  EXPECT_EQ(Catalog::Create(file_, TestMeta()).status().code(), StatusCode::kInvalidArgument);
}

TEST_F(CatalogTest, NamesAreOnlyNames) {
  const Path odd = folder_.path() / "a?mode=ro#b%20 \xff.db";
  ASSERT_TRUE(Catalog::Create(odd, TestMeta()).ok());
  EXPECT_TRUE(std::filesystem::exists(odd));
  EXPECT_TRUE(Catalog::Open(odd, Mode::kRead).ok());
  const Path link = folder_.path() / "link.db";
  std::filesystem::create_symlink(odd, link);
  EXPECT_TRUE(Catalog::Open(link, Mode::kWrite).ok());
}

TEST_F(CatalogTest, ANewerFormatIsUnsupported) {
  Make();
  {
    auto connection = SqliteConnection::Open(file_, SqliteConnection::Mode::kWrite);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE((*connection)->Execute("PRAGMA user_version=2").ok());
  }
  const Status status = Catalog::Open(file_, Mode::kRead).status();
  EXPECT_EQ(status.code(), StatusCode::kUnsupported);
  EXPECT_NE(status.message().find("update hashlens"), std::string::npos) << status.message();
}

TEST_F(CatalogTest, AnotherSchemaIsCorruption) {
  Make();
  {
    auto connection = SqliteConnection::Open(file_, SqliteConnection::Mode::kWrite);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE((*connection)->Execute("CREATE TABLE zebra(x)").ok());
  }
  const Status status = Catalog::Open(file_, Mode::kRead).status();
  EXPECT_EQ(status.code(), StatusCode::kCorruption);
  EXPECT_NE(status.message().find("'zebra'"), std::string::npos) << status.message();
}

TEST_F(CatalogTest, PrefixesEndAtNames) {
  Catalog catalog = Make();
  ASSERT_TRUE(
      catalog.Commit(TestBatch(1, 1, 1, {"b", "b!c", "b/c", "b/c/d", "b0", "bb/c", "\xff/x", "a"}))
          .ok());
  EXPECT_EQ(Under(catalog, "b"), (std::vector<std::string>{"b", "b/c", "b/c/d"}));
  EXPECT_EQ(Under(catalog, "b/c"), (std::vector<std::string>{"b/c", "b/c/d"}));
  EXPECT_EQ(Under(catalog, "\xff"), (std::vector<std::string>{"\xff/x"}));
  EXPECT_EQ(Under(catalog, "").size(), 8u);
  EXPECT_TRUE(Under(catalog, "c").empty());
}

TEST_F(CatalogTest, CallbacksMayReadAndTheirFailureEndsTheLoop) {
  Catalog catalog = Make();
  ASSERT_TRUE(catalog.Commit(TestBatch(1, 1, 1, {"a", "b", "c"})).ok());
  size_t calls = 0;
  const Status status = catalog.ForEachImage([&](const ImageRow& outer) -> Status {
    size_t inner = 0;
    EXPECT_TRUE(catalog
                    .ForEachImage([&](const ImageRow&) -> Status {
                      ++inner;
                      return {};
                    })
                    .ok());
    EXPECT_EQ(inner, 3u);
    EXPECT_TRUE(catalog.FindImage(outer.id)->has_value());
    return ++calls == 2 ? Cancelled("enough") : Status();
  });
  EXPECT_EQ(status.code(), StatusCode::kCancelled);
  EXPECT_EQ(calls, 2u);
  EXPECT_TRUE(catalog.RemoveImages({1}).ok());
}

TEST_F(CatalogTest, WrongBatchesChangeNothing) {
  Catalog catalog = Make();
  ASSERT_TRUE(catalog.Commit(TestBatch(1, 1, 1, {"a", "b"})).ok());
  const std::string before = *Dump(catalog, {"a"});
  std::vector<CatalogBatch> wrong(7, TestBatch(2, 3, 1, {"c", "d"}));
  wrong[0].segment.reset();
  wrong[1].segment->rows = 3;
  wrong[2].segment->last_image = 3;
  wrong[3].images[1].id = 3;
  wrong[4].images[1].root = 9;
  wrong[5].segment->id = 1;
  wrong[6] = TestBatch(2, 2, 1, {"c", "d"});
  for (size_t i = 0; i < wrong.size(); ++i) {
    EXPECT_EQ(catalog.Commit(wrong[i]).code(), StatusCode::kInvalidArgument) << i;
    EXPECT_EQ(*Dump(catalog, {"a"}), before);
  }
  EXPECT_TRUE(catalog.Verify().ok());
}

TEST_F(CatalogTest, WrongRewritesChangeNothing) {
  Catalog catalog = Make();
  ASSERT_TRUE(catalog.Commit(TestBatch(1, 1, 1, {"a", "b"})).ok());
  auto from = catalog.ReadSnapshot();
  ASSERT_TRUE(from.ok());
  const auto refused = [&](std::vector<SegmentRow> segments, std::vector<uint64_t> purged) {
    return catalog.Rewrite(*from, {std::nullopt, std::move(segments), std::move(purged)}).code() ==
           StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused({}, {}));
  EXPECT_TRUE(refused({TestSegment(2, 1, 2, 1)}, {}));
  EXPECT_TRUE(refused({TestSegment(2, 1, 1, 1)}, {}));
  EXPECT_TRUE(refused({TestSegment(2, 1, 3, 2)}, {}));
  EXPECT_TRUE(refused({TestSegment(2, 1, 2, 2)}, {1}));
  EXPECT_TRUE(refused({TestSegment(3, 1, 1, 1), TestSegment(3, 2, 2, 1)}, {}));
  ASSERT_TRUE(catalog.Commit(TestBatch(2, 3, 1, {"c"})).ok());
  EXPECT_TRUE(refused({TestSegment(3, 1, 3, 3)}, {}));
  EXPECT_EQ(catalog.ReadSnapshot()->segments.size(), 2u);
  EXPECT_TRUE(catalog.Verify().ok());
}

TEST_F(CatalogTest, ARewriteKeepsWhatWasAddedMeanwhile) {
  Catalog catalog = Make();
  ASSERT_TRUE(catalog.Commit(TestBatch(1, 1, 1, {"a", "b"})).ok());
  ASSERT_TRUE(catalog.Commit(TestBatch(2, 3, 1, {"c", "d"})).ok());
  ASSERT_TRUE(catalog.RemoveImages({1}).ok());
  const auto from = catalog.ReadSnapshot();
  ASSERT_TRUE(catalog.Commit(TestBatch(4, 5, 1, {"e", "b"})).ok());  // replaces image 2
  ASSERT_TRUE(catalog.RemoveImages({3, 5}).ok());
  const SegmentRow merged = TestSegment(3, 2, 4, 3);  // images 2 to 4, as they were
  const std::string before = *Dump(catalog, {"a", "b", "c", "d", "e"});
  const auto refused = [&](const CatalogRewrite& rewrite) {
    return catalog.Rewrite(*from, rewrite).code() == StatusCode::kInvalidArgument &&
           *Dump(catalog, {"a", "b", "c", "d", "e"}) == before;
  };
  LibraryMeta other_head = from->meta;
  other_head.head_file = "other.hlh";
  EXPECT_TRUE(refused({other_head, {merged}, {1}}));  // the new segment's codes are of the old one
  EXPECT_TRUE(refused({std::nullopt, {TestSegment(4, 2, 4, 3)}, {1}}));  // a number used twice
  EXPECT_TRUE(refused({std::nullopt, {TestSegment(3, 2, 5, 3)}, {1}}));  // overlaps
  EXPECT_TRUE(refused({std::nullopt, {TestSegment(3, 2, 4, 3)}, {1, 5}}));
  ASSERT_TRUE(catalog.Rewrite(*from, {std::nullopt, {merged}, {1}}).ok());
  const auto now = catalog.ReadSnapshot();
  ASSERT_TRUE(now.ok()) << now.status().message();
  EXPECT_EQ(now->segments, (std::vector<SegmentRow>{merged, TestSegment(4, 5, 6, 2)}));
  EXPECT_EQ(now->removed, (std::vector<uint64_t>{2, 3, 5}));
  EXPECT_EQ(Under(catalog, ""), (std::vector<std::string>{"b", "d"}));
  EXPECT_TRUE(catalog.Verify().ok());
  EXPECT_EQ(catalog.Rewrite(*from, {std::nullopt, {merged}, {}}).code(),
            StatusCode::kInvalidArgument);
}

TEST_F(CatalogTest, ARewriteMayChangeHeadAndFeaturesButNotTheNextId) {
  Catalog catalog = Make();
  ASSERT_TRUE(catalog.Commit(TestBatch(1, 1, 1, {"a", "b"})).ok());
  auto from = catalog.ReadSnapshot();
  LibraryMeta meta = from->meta;
  meta.bits = 20;
  meta.dim = 7;
  meta.feature_digest = "another";
  meta.next_id = 1;
  ASSERT_TRUE(catalog.Rewrite(*from, {meta, {TestSegment(2, 1, 2, 2)}, {}}).ok());
  meta.next_id = 3;
  EXPECT_EQ(*catalog.ReadMeta(), meta);
  EXPECT_TRUE(catalog.Verify().ok());
}

TEST_F(CatalogTest, AReaderCannotWrite) {
  Make();
  auto catalog = Catalog::Open(file_, Mode::kRead);
  ASSERT_TRUE(catalog.ok());
  EXPECT_EQ(catalog->AddRoot("/x", "x").status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(catalog->RemoveImages({1}).status().code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(catalog->BeginScan().ok());  // its list is no part of the library
  EXPECT_EQ(*catalog->AddFile(1, "a", {1, 2}, false, false), FileState::kNew);
}

TEST_F(CatalogTest, OpensOnReadOnlyMedia) {
  Make();
  ASSERT_EQ(::chmod(file_.c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  // Root may write anywhere, so the child gives that up first.
  const auto read_it = [&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    auto catalog = Catalog::Open(file_, Mode::kRead);
    ::_exit(catalog.ok() && catalog->Roots()->size() == 1 && catalog->Verify().ok() ? 0 : 1);
  };
  EXPECT_EXIT(read_it(), testing::ExitedWithCode(0), "");
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  EXPECT_FALSE(std::filesystem::exists(file_.native() + "-wal"));
}

TEST_F(CatalogTest, OpensWhereThereIsNoRoomForALog) {
  Make();
  const auto read_it = [&] {
    // Every write fails, as on a full disk.
    const rlimit no_room{0, 0};
    if (::signal(SIGXFSZ, SIG_IGN) == SIG_ERR || ::setrlimit(RLIMIT_FSIZE, &no_room) != 0)
      ::_exit(2);
    auto catalog = Catalog::Open(file_, Mode::kRead);
    ::_exit(catalog.ok() && catalog->Roots()->size() == 1 && catalog->Verify().ok() ? 0 : 1);
  };
  EXPECT_EXIT(read_it(), testing::ExitedWithCode(0), "");
  EXPECT_TRUE(Catalog::Open(file_, Mode::kWrite)->Commit(TestBatch(1, 1, 1, {"a"})).ok());
}

TEST_F(CatalogTest, ANewStateIsRefusedWhenItCannotBeOne) {
  {
    Catalog catalog = Make();
    ASSERT_TRUE(catalog.Commit(TestBatch(1, 1, 1, {"a", "b"})).ok());
    ASSERT_TRUE(catalog.Commit(TestBatch(2, 3, 1, {"c"})).ok());
    ASSERT_TRUE(catalog.RemoveImages({2}).ok());
  }
  // Rows with right checksums and totals, as whoever can write them may make them.
  const auto code_for = [&](LibraryMeta meta, const SegmentRow& segment, uint64_t removed) {
    const Path copy = folder_.path() / "copy";
    std::filesystem::copy_file(file_, copy, std::filesystem::copy_options::overwrite_existing);
    {
      auto connection = SqliteConnection::Open(copy, SqliteConnection::Mode::kWrite);
      EXPECT_TRUE(connection.ok());
      auto writer = TableWriter::Begin(connection->get());
      EXPECT_TRUE(writer.ok());
      meta.next_id = meta.next_id == 1 ? 4 : meta.next_id;
      EXPECT_TRUE(StoreMeta(connection->get(), meta).ok());
      EXPECT_TRUE(
          writer->Delete(Kind::kSegment, "DELETE FROM segments WHERE id=2 RETURNING *", {}).ok());
      EXPECT_TRUE(writer
                      ->Insert(Kind::kSegment,
                               {UintField(segment.id), UintField(segment.rows),
                                UintField(segment.first_image), UintField(segment.last_image),
                                segment.features_file, segment.codes_file})
                      .ok());
      EXPECT_TRUE(writer->Delete(Kind::kRemoved, "DELETE FROM removed RETURNING *", {}).ok());
      EXPECT_TRUE(writer->Insert(Kind::kRemoved, {UintField(removed)}).ok());
      EXPECT_TRUE(writer->Commit().ok());
    }
    auto catalog = Catalog::Open(copy, Mode::kRead);
    const Status status = catalog.ok() ? catalog->ReadSnapshot().status() : catalog.status();
    EXPECT_TRUE(status.ok() || status.message().find(copy.native()) == 0) << status.message();
    return status.code();
  };
  const SegmentRow good = TestSegment(2, 3, 3, 1);
  EXPECT_EQ(code_for(TestMeta(), good, 2), StatusCode::kOk);
  std::vector<SegmentRow> wrong(6, good);
  wrong[0].rows = 0;
  wrong[1].features_file = "../../other.hashlens/segments/000001.features";
  wrong[2].codes_file = "..";
  wrong[3].last_image = 4;  // not below next_id
  wrong[4].first_image = 2;
  wrong[5].id = uint64_t{1} << 63;
  for (const SegmentRow& segment : wrong)
    EXPECT_EQ(code_for(TestMeta(), segment, 2), StatusCode::kCorruption) << segment.features_file;
  EXPECT_EQ(code_for(TestMeta(), good, 9), StatusCode::kCorruption);
  EXPECT_EQ(code_for(TestMeta(), good, UINT64_MAX), StatusCode::kCorruption);
  LibraryMeta meta = TestMeta();
  meta.head_file = "../head";
  EXPECT_EQ(code_for(meta, good, 2), StatusCode::kCorruption);
  meta = TestMeta();
  meta.next_id = INT64_MAX;
  EXPECT_EQ(code_for(meta, good, 2), StatusCode::kCorruption);
}

TEST_F(CatalogTest, ALostImageIsNotTakenForARemovedOne) {
  Catalog catalog = Make();
  ASSERT_TRUE(catalog.Commit(TestBatch(1, 1, 1, {"a", "b", "c"})).ok());
  const auto before = catalog.ReadSnapshot();
  ASSERT_TRUE(catalog.RemoveImages({2}).ok());
  EXPECT_TRUE(catalog.FindImageOf(*before, 1)->has_value());
  EXPECT_FALSE(catalog.FindImageOf(*before, 2)->has_value());
  const auto removed = catalog.ReadSnapshot();
  ASSERT_TRUE(catalog.Rewrite(*removed, {std::nullopt, {TestSegment(2, 1, 3, 2)}, {2}}).ok());
  EXPECT_FALSE(catalog.FindImageOf(*before, 2)->has_value());
  const auto compacted = catalog.ReadSnapshot();
  {
    auto connection = SqliteConnection::Open(file_, SqliteConnection::Mode::kWrite);
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE((*connection)->Execute("DELETE FROM images WHERE id=3").ok());
  }
  EXPECT_EQ(catalog.FindImageOf(*compacted, 3).status().code(), StatusCode::kCorruption);
}

TEST_F(CatalogTest, ACopyTakenMidWayHasAllCommits) {
  Catalog catalog = Make();
  for (uint64_t id = 1; id <= 20; ++id) {
    ASSERT_TRUE(catalog.Commit(TestBatch(id, id, 1, {Numbered("p", id)})).ok());
    const Path copy = folder_.path() / Numbered("copy", id);
    std::filesystem::copy_file(file_, copy);
    std::filesystem::copy_file(file_.native() + "-wal", copy.native() + "-wal");
    auto opened = Catalog::Open(copy, id % 2 == 0 ? Mode::kRead : Mode::kWrite);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    EXPECT_TRUE(opened->Verify().ok());
    EXPECT_EQ(opened->Counts()->images, id);
  }
}

TEST_F(CatalogTest, AFullDiskSaysWhatToDoAndChangesNothing) {
  Make();
  auto connection = SqliteConnection::Open(file_, SqliteConnection::Mode::kWrite);
  ASSERT_TRUE(connection.ok());
  ASSERT_TRUE((*connection)->Execute("PRAGMA max_page_count=14").ok());
  const Status full =
      (*connection)
          ->Execute(
              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<99999) "
              "INSERT INTO removed SELECT i, 1 FROM n");
  EXPECT_EQ(full.code(), StatusCode::kIoError);
  EXPECT_NE(full.message().find("disk is full"), std::string::npos) << full.message();
  EXPECT_NE(full.message().find("free some space"), std::string::npos) << full.message();
  EXPECT_TRUE(Catalog::Open(file_, Mode::kRead)->Verify().ok());
}

// Rows that vanish or return whole, with right checksums, as when the device loses a write.
TEST_F(CatalogTest, VerifyMissesRows) {
  {
    Catalog catalog = Make();
    CatalogBatch batch = TestBatch(1, 1, 1, {"a", "b"}, {{"k", "v"}});
    batch.failures.push_back({1, "f", {1, 2}, false, "why", 3});
    ASSERT_TRUE(catalog.Commit(batch).ok());
    ASSERT_TRUE(catalog.RemoveImages({2}).ok());
  }
  for (const char* sql :
       {"DELETE FROM images", "DELETE FROM removed", "DELETE FROM image_tags", "DELETE FROM tags",
        "DELETE FROM failures", "DELETE FROM segments", "DELETE FROM roots", "DELETE FROM meta",
        "DELETE FROM totals", "UPDATE images SET width=1", "UPDATE meta SET next_id=1",
        "INSERT INTO removed SELECT 1, crc FROM removed"}) {
    const Path copy = folder_.path() / "copy";
    std::filesystem::copy_file(file_, copy, std::filesystem::copy_options::overwrite_existing);
    {
      auto connection = SqliteConnection::Open(copy, SqliteConnection::Mode::kWrite);
      ASSERT_TRUE(connection.ok());
      ASSERT_TRUE((*connection)->Execute(sql).ok()) << sql;
    }
    auto catalog = Catalog::Open(copy, Mode::kRead);
    const Status status = catalog.ok() ? catalog->Verify() : catalog.status();
    EXPECT_EQ(status.code(), StatusCode::kCorruption) << sql;
    EXPECT_NE(status.message().find("restore a copy"), std::string::npos) << status.message();
  }
}

}  // namespace
}  // namespace hashlens
