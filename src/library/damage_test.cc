// A small library with one byte changed or cut off, at every place.
#include "library/compact.h"
#include "library/segment_files.h"
#include "library/snapshot.h"
#include "library/test_library.h"
#include "store/code_file.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kStride = 97;  // sanitizers are slow; every place is tried in the plain build
constexpr size_t kCatalogStride = 997;
#else
constexpr size_t kStride = 1;
constexpr size_t kCatalogStride = 29;  // every byte of a catalog: store/catalog_damage_test.cc
#endif

class DamageTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    for (int i = 0; i < 5; ++i)
      WritePicture(pictures() / (std::to_string(i) + ".ppm"), static_cast<uint64_t>(i));
    Index();
    intact_ = Content();
    ASSERT_EQ(intact_.size(), 5u);
    ASSERT_TRUE(Problems().empty());
  }

  // What a user sees: an error, or the right answer. Never a wrong one.
  void ExpectAnErrorOrTheTruth(const std::string& what) {
    const auto report = VerifyLibraryAt(library());
    ASSERT_TRUE(report.ok()) << what << report.status().message();
    const auto opened = Library::Open(library(), open());
    if (!opened.ok()) {
      EXPECT_FALSE(report->problems.empty()) << what << ": opening fails, verify sees nothing";
      EXPECT_NE(opened.status().code(), StatusCode::kNotFound) << what;
      return;
    }
    SearchOptions all;
    all.k = 10;
    const Query query{{}, 1};
    const auto results = opened->Search(std::span(&query, 1), all);
    if (!results.ok() || !(*results)[0].ok()) {
      EXPECT_FALSE(report->problems.empty()) << what << ": searching fails, verify sees nothing";
      return;
    }
    EXPECT_EQ((*results)[0]->hits.size(), 5u) << what;
    for (const Hit& hit : (*results)[0]->hits) {
      EXPECT_EQ(intact_[hit.path.native()], std::to_string(hit.id) + " " +
                                                std::to_string(hit.hamming) + " " +
                                                std::to_string(*hit.distance))
          << what;
    }
  }

  std::map<std::string, std::string> intact_;
};

TEST_F(DamageTest, EveryByteOfSegmentsAndModelIsGuarded) {
  std::vector<Path> files;
  for (const auto& entry : fs::recursive_directory_iterator(library())) {
    if (entry.is_regular_file() && entry.path().parent_path() != library())
      files.push_back(entry.path());
  }
  ASSERT_GE(files.size(), 6u);
  for (const Path& file : files) {
    const std::string bytes = ReadWhole(file);
    const std::string name = file.filename().native();
    for (size_t i = 0; i < bytes.size(); i += kStride) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
      WriteWhole(file, damaged);
      const auto report = VerifyLibraryAt(library());
      ASSERT_TRUE(report.ok());
      const bool harmless = report->problems.empty() && name == "model.json";  // white space
      EXPECT_TRUE(harmless || (!report->problems.empty() &&
                               report->problems[0].find(name) != std::string::npos))
          << name << " byte " << i
          << (report->problems.empty() ? ": not seen" : ": " + report->problems[0]);
      if (i % 16 == 0) ExpectAnErrorOrTheTruth(name + " byte " + std::to_string(i));
    }
    for (size_t size = 0; size < bytes.size(); size += 13 * kStride) {
      WriteWhole(file, bytes.substr(0, size));
      EXPECT_FALSE(Problems().empty()) << name << " cut to " << size;
      ExpectAnErrorOrTheTruth(name + " cut to " + std::to_string(size));
    }
    WriteWhole(file, bytes);
  }
  EXPECT_TRUE(Problems().empty());
}

TEST_F(DamageTest, ADamagedCatalogGivesAnErrorOrTheTruth) {
  const Path file = library() / "catalog.db";
  const std::string bytes = ReadWhole(file);
  for (size_t i = 0; i < bytes.size(); i += kCatalogStride) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    WriteWhole(file, damaged);
    ExpectAnErrorOrTheTruth("catalog.db byte " + std::to_string(i));
  }
  for (size_t size = 0; size < bytes.size(); size += 16 * kCatalogStride) {
    WriteWhole(file, bytes.substr(0, size));
    EXPECT_FALSE(Problems().empty()) << "cut to " << size;
    EXPECT_FALSE(Library::Open(library(), open()).ok()) << "cut to " << size;
  }
}

// The heads of SQLite's pages say how many rows there are and where: a changed bit hides some.
TEST_F(DamageTest, AWriterBelievesNoDamagedCatalog) {
  WritePicture(pictures() / "another.ppm", 99);
  Index();
  const auto segment_files = [&] {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(library() / "segments"))
      files[entry.path().filename()] = ReadWhole(entry.path());
    return files;
  };
  const auto before = segment_files();
  ASSERT_EQ(before.size(), 4u);
  const Path file = library() / "catalog.db";
  const std::string bytes = ReadWhole(file);
  int refused = 0;
  for (size_t page = 0; page < bytes.size(); page += 4096) {
    for (size_t i = 0; i < 24; ++i) {
      std::string damaged = bytes;
      char& byte = damaged[page + (page == 0 ? 100 : 0) + i / 2];
      byte = static_cast<char>(byte ^ (1 << i % 2));
      WriteWhole(file, damaged);
      const auto writer = Writer();
      if (!writer.ok()) {
        ++refused;
        EXPECT_EQ(writer.status().code(), StatusCode::kCorruption) << writer.status().message();
        EXPECT_NE(writer.status().message().find("catalog.db"), std::string::npos)
            << writer.status().message();
      }
      ASSERT_EQ(segment_files(), before) << "page at " << page << ", " << i;
    }
  }
  EXPECT_GT(refused, 20);
}

TEST_F(DamageTest, ASegmentWithoutRowsIsNamed) {
  // Both files valid, but of no row.
  std::string code_file;
  for (const auto& entry : fs::directory_iterator(library() / "segments")) {
    if (entry.path().extension() == ".codes") code_file = entry.path().filename();
  }
  ASSERT_TRUE(WriteCodeFile(library() / "segments" / code_file, {kBits, {}, {}}).ok());
  ASSERT_FALSE(Problems().empty());
  EXPECT_NE(Problems()[0].find(code_file), std::string::npos);
  EXPECT_EQ(Library::Open(library(), open()).status().code(), StatusCode::kCorruption);
  EXPECT_EQ(Writer()->Compact().status().code(), StatusCode::kCorruption);
  // Codes are derived: they are made again.
  EXPECT_EQ(*Writer()->RebuildCodes(), 1u);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(DamageTest, MissingFilesAreNamed) {
  for (const char* folder_name : {"segments", "model"}) {
    for (const auto& entry : fs::directory_iterator(library() / folder_name)) {
      const Path away = folder() / "away";
      fs::rename(entry.path(), away);
      const auto problems = Problems();
      ASSERT_FALSE(problems.empty());
      EXPECT_NE(problems[0].find(entry.path().filename().native()), std::string::npos)
          << problems[0];
      fs::rename(away, entry.path());
    }
  }
  fs::remove(library() / "catalog.db");
  EXPECT_EQ(Library::Open(library(), open()).status().code(), StatusCode::kCorruption);
  EXPECT_EQ(Writer().status().code(), StatusCode::kCorruption);
}

// A disk that fails, or somebody who writes into the files, while a library is open.
TEST_F(DamageTest, FeaturesThatChangeWhileTheLibraryIsOpenAreNamed) {
  WritePicture(pictures() / "another.ppm", 99);
  Index();  // image 6, in a segment of its own
  const Layout layout{library()};
  const auto state = Catalog::Open(layout.Catalog(), Catalog::Mode::kRead)->ReadSnapshot();
  ASSERT_EQ(state->segments.size(), 2u);
  const Path file = layout.Segment(state->segments[0].features_file);
  const std::string bytes = ReadWhole(file);
  const Library read = Read();
  SearchOptions by_code;
  by_code.rerank = false;
  const auto ask = [&](uint64_t id, const SearchOptions& options) {
    const Query query{{}, id};
    return read.Search(std::span(&query, 1), options);
  };
  const auto expect_named = [&](uint64_t id, const SearchOptions& options) {
    const auto results = ask(id, options);
    const Status status = results.ok() ? (*results)[0].status() : results.status();
    EXPECT_EQ(status.code(), StatusCode::kCorruption) << status.message();
    EXPECT_NE(status.message().find(file.native()), std::string::npos) << status.message();
  };
  const auto expect_whole = [&](uint64_t id, const SearchOptions& options) {
    const auto results = ask(id, options);
    ASSERT_TRUE(results.ok()) << id << ": " << results.status().message();
    ASSERT_TRUE((*results)[0].ok());
    EXPECT_EQ((*results)[0]->hits.size(), 6u);
    EXPECT_EQ((*results)[0]->hits[0].id, id);
  };
  const auto overwrite = [&](const std::string& content) {  // the file that is open
    fs::resize_file(file, content.size());
    std::fstream(file, std::ios::in | std::ios::out | std::ios::binary) << content;
  };
  const size_t row = (bytes.size() - 64) / 5;
  ASSERT_EQ(64 + 5 * row, bytes.size());
  for (size_t size = 0; size < bytes.size(); size += 7) {
    fs::resize_file(file, size);
    expect_named(6, {});       // its candidates' features are needed
    expect_named(5, by_code);  // its own feature
    if (size >= 64 + row) expect_whole(1, by_code);
    expect_whole(6, by_code);
    overwrite(bytes);
  }
  for (size_t i = 64; i < bytes.size(); i += 5) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    overwrite(damaged);
    expect_named(6, {});
    const uint64_t id = 1 + (i - 64) / row;
    expect_named(id, by_code);
    expect_whole(id % 5 + 1, by_code);
  }
  overwrite(bytes);
  for (uint64_t id = 1; id <= 6; ++id) expect_whole(id, {});
}

TEST_F(DamageTest, FilesCutShortAfterTheCatalogWasReadAreNamed) {
  WritePicture(pictures() / "another.ppm", 99);
  Index();
  const Layout layout{library()};
  const auto catalog = Catalog::Open(layout.Catalog(), Catalog::Mode::kRead);
  const auto state = catalog->ReadSnapshot();
  const auto head = LoadHead(layout, state->meta);
  ASSERT_TRUE(head.ok());
  CopyPlan plan;
  plan.first_segment = *NextSegment(layout, state->segments);
  const SegmentRow& segment = state->segments[0];
  for (const std::string& name : {segment.codes_file, segment.features_file}) {
    const Path file = layout.Segment(name);
    const std::string bytes = ReadWhole(file);
    for (size_t size = 0; size < bytes.size(); ++size) {
      fs::resize_file(file, size);
      const Status opened = OpenSegment(layout, *state, segment).status();
      EXPECT_EQ(opened.code(), StatusCode::kCorruption) << size;
      EXPECT_NE(opened.message().find(name), std::string::npos) << opened.message();
      EXPECT_EQ(CopySegments(layout, *state, *head, plan, {}, {}).status().code(),
                StatusCode::kCorruption);
      WriteWhole(file, bytes);
    }
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(layout.Segments()), fs::directory_iterator()), 4);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(DamageTest, AChangedModelIsNotRun) {
  const Path network = library() / "model" / "network.bin";
  std::string bytes = ReadWhole(network);
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  WriteWhole(network, bytes);
  const Library read = Read();  // codes and features are fine
  const Query by_id{{}, 2};
  EXPECT_TRUE((*read.Search(std::span(&by_id, 1), {}))[0].ok());
  const Query by_file{pictures() / "1.ppm", 0};
  const auto results = read.Search(std::span(&by_file, 1), {});
  EXPECT_EQ(results.status().code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace hashlens
