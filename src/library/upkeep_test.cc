// Removing, compacting, fitting, exporting.
#include "library/background_merge.h"
#include "library/compact.h"
#include "library/snapshot.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

class UpkeepTest : public LibraryTest {
 protected:
  void MakeLibrary(int count, uint64_t batch) {
    for (int i = 0; i < count; ++i)
      WritePicture(pictures() / (std::to_string(i) + ".ppm"), static_cast<uint64_t>(i));
    IndexOptions options;
    options.batch = batch;
    EXPECT_EQ(Index(options).added, static_cast<uint64_t>(count));
  }
  uint64_t SegmentFiles() const {
    return static_cast<uint64_t>(
        std::distance(fs::directory_iterator(library() / "segments"), fs::directory_iterator()));
  }
};

TEST_F(UpkeepTest, RemovedImagesAreNotFoundAndCompactGivesTheirSpaceBack) {
  MakeLibrary(30, 8);
  auto before = Content();
  {
    auto writer = Writer();
    ImageSelection remove;
    remove.ids = {2, 9};
    remove.paths = {pictures() / "5.ppm"};
    EXPECT_EQ(*writer->Remove(remove), 3u);
    remove.ids = {2};
    EXPECT_EQ(writer->Remove(remove).status().code(), StatusCode::kNotFound);
  }
  const auto removed = Content();
  EXPECT_EQ(removed.size(), 27u);
  for (const auto& [path, what] : removed) EXPECT_EQ(before.at(path), what);
  EXPECT_EQ(Read().Info()->removed, 3u);
  EXPECT_EQ(SegmentFiles(), 8u);

  const Library old_reader = Read();
  const auto report = Writer()->Compact();
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->purged, 3u);
  EXPECT_EQ(report->segments_after, 1u);
  EXPECT_EQ(Content(), removed);
  EXPECT_EQ(Read().Info()->removed, 0u);
  EXPECT_EQ(SegmentFiles(), 2u);
  EXPECT_TRUE(Problems().empty());
  const Query query{{}, 1};
  EXPECT_TRUE((*old_reader.Search(std::span(&query, 1), {}))[0].ok());  // its files are held open
  EXPECT_EQ(Writer()->Compact()->segments_after, 1u);
  EXPECT_EQ(Index().added, 3u);  // their files are still there
}

TEST_F(UpkeepTest, IndexKeepsTheNumberOfSegmentsDown) {
  MakeLibrary(40, 1);  // a commit for each image
  const uint64_t segments = Read().Info()->segments;
  EXPECT_LE(segments, kManySegments + 1);
  EXPECT_EQ(SegmentFiles(), 2 * segments);
  EXPECT_TRUE(Problems().empty());
  const auto content = Content();
  EXPECT_EQ(content.size(), 40u);
  ImageSelection remove;
  remove.ids = {3, 17};
  ASSERT_TRUE(Writer()->Remove(remove).ok());
  for (int i = 100; i < 180; ++i) {
    WritePicture(pictures() / (std::to_string(i) + ".ppm"), static_cast<uint64_t>(i));
  }
  IndexOptions options;
  options.batch = 1;
  EXPECT_EQ(Index(options).added, 82u);
  EXPECT_LE(Read().Info()->segments, kManySegments + 1);
  EXPECT_TRUE(Problems().empty());
  const auto more = Content();
  EXPECT_EQ(more.size(), 120u);
  for (const auto& [path, what] : content) EXPECT_TRUE(more.contains(path)) << path;
}

TEST_F(UpkeepTest, CompactingInPartKeepsTheOrderOfImages) {
  MakeLibrary(40, 8);  // 5 segments of 8
  ImageSelection remove;
  remove.ids = {1, 18};
  ASSERT_TRUE(Writer()->Remove(remove).ok());
  const auto before = Content();
  {
    const Layout layout{library()};
    auto catalog = Catalog::Open(layout.Catalog(), Catalog::Mode::kWrite);
    ASSERT_TRUE(catalog.ok());
    const auto head = LoadHead(layout, *catalog->ReadMeta());
    const auto report = CompactSegments(layout, &*catalog, *head, {}, {}, /*merged_rows=*/8);
    ASSERT_TRUE(report.ok()) << report.status().message();
    EXPECT_EQ(report->purged, 2u);
  }
  EXPECT_EQ(Content(), before);
  EXPECT_TRUE(Problems().empty());
  WritePicture(pictures() / "one more.ppm", 1000);
  EXPECT_EQ(Index().added, 3u);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(UpkeepTest, RemovingEverythingLeavesAnEmptyLibraryThatWorks) {
  MakeLibrary(5, 4096);
  ImageSelection remove;
  remove.paths = {pictures()};
  EXPECT_EQ(*Writer()->Remove(remove), 5u);
  EXPECT_TRUE(Search({pictures() / "1.ppm", 0}).empty());
  EXPECT_TRUE(Writer()->Compact().ok());
  EXPECT_TRUE(Search({pictures() / "1.ppm", 0}).empty());
  EXPECT_TRUE(Problems().empty());
  EXPECT_EQ(Index().added, 5u);
}

TEST_F(UpkeepTest, FitGivesNewCodesToAllAndTheSameEveryTime) {
  MakeLibrary(60, 16);
  for (const char* method : {"itq", "isohash", "pca", "lsh"}) {
    FitOptions fit;
    fit.method = method;
    fit.bits = 20;
    ASSERT_TRUE(Writer(0)->Fit(fit).ok());
    EXPECT_TRUE(Problems().empty()) << method;
    const auto info = Read().Info();
    EXPECT_EQ(info->bits, 20);
    EXPECT_EQ(info->head_method, method);
    const auto once = Search({{}, 1});
    fit.bits = 24;
    ASSERT_TRUE(Writer(0)->Fit(fit).ok());
    fit.bits = 20;
    ASSERT_TRUE(Writer(0)->Fit(fit).ok());
    const auto twice = Search({{}, 1});
    for (size_t i = 0; i < once.size(); ++i) EXPECT_EQ(once[i].hamming, twice[i].hamming);
  }
  EXPECT_EQ(SegmentFiles(), 8u);  // nothing of the older codes is left
  FitOptions impossible;
  impossible.bits = 128;
  EXPECT_EQ(Writer(0)->Fit(impossible).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(UpkeepTest, TheThousandthImageBringsAFittedHead) {
  MakeLibrary(999, 4096);
  EXPECT_FALSE(Read().Info()->head_fitted);
  WritePicture(pictures() / "one more.ppm", 5000);
  const IndexReport report = Index();
  EXPECT_TRUE(report.fitted);
  const auto info = Read().Info();
  EXPECT_TRUE(info->head_fitted);
  EXPECT_EQ(info->head_method, "itq");
  EXPECT_EQ(info->bits, kBits);
  EXPECT_FALSE(Index().fitted);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(UpkeepTest, LeftOversOfACrashAreClearedAway) {
  MakeLibrary(5, 4096);
  WriteWhole(library() / "segments" / "000002.features.tmp", "half");
  WriteWhole(library() / "segments" / "000002.features", "never committed");
  WriteWhole(library() / "model" / "fitted-00000000.hlh", "never committed");
  WriteWhole(folder() / ".test.hashlens.new" / "catalog.db", "half");
  const Path victim = folder() / "victim.features";
  WriteWhole(victim, "precious");
  fs::create_symlink(victim, library() / "segments" / "000009.features");
  fs::create_symlink(folder() / "nothing", library() / "model" / "fitted-1.hlh.tmp");
  EXPECT_EQ(Index().unchanged, 5u);
  EXPECT_EQ(ReadWhole(victim), "precious");
  EXPECT_FALSE(fs::is_symlink(library() / "model" / "fitted-1.hlh.tmp"));
  EXPECT_FALSE(fs::is_symlink(library() / "segments" / "000009.features"));
  EXPECT_EQ(SegmentFiles(), 2u);
  EXPECT_FALSE(fs::exists(library() / "model" / "fitted-00000000.hlh"));
  fs::rename(library(), folder() / "other.hashlens");
  EXPECT_EQ(Index().added, 5u);  // the half-made folder is in nobody's way
}

TEST_F(UpkeepTest, ExportHoldsEveryLiveImage) {
  MakeLibrary(7, 4096);
  ImageSelection remove;
  remove.ids = {3};
  ASSERT_TRUE(Writer()->Remove(remove).ok());
  const Path out = folder() / "out";
  ASSERT_TRUE(Read().Export(out).ok());
  EXPECT_EQ(fs::file_size(out / "ids.npy") % 64, 6 * 8u);
  EXPECT_EQ(fs::file_size(out / "codes.npy") % 64, 6 * 2u);
  EXPECT_EQ(fs::file_size(out / "features.npy") % 64, 6 * kTestDim * 2u % 64);
  std::ifstream lines(out / "images.jsonl");
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) ++count;
  EXPECT_EQ(count, 6);
  EXPECT_EQ(Read().Export(out).code(), StatusCode::kInvalidArgument);
}

TEST_F(UpkeepTest, SearchAgreesWithBruteForceOverItsOwnAnswers) {
  MakeLibrary(200, 64);
  SearchOptions all;
  all.k = 200;
  all.candidates = 200;
  const auto everything = Search({{}, 17}, all);
  ASSERT_EQ(everything.size(), 200u);
  for (size_t i = 1; i < everything.size(); ++i) {
    const bool ordered = *everything[i - 1].distance < *everything[i].distance ||
                         (*everything[i - 1].distance == *everything[i].distance &&
                          everything[i - 1].id < everything[i].id);
    EXPECT_TRUE(ordered);
  }
  SearchOptions codes = all;
  codes.rerank = false;
  const auto by_code = Search({{}, 17}, codes);
  for (size_t i = 1; i < by_code.size(); ++i) {
    EXPECT_TRUE(
        by_code[i - 1].hamming < by_code[i].hamming ||
        (by_code[i - 1].hamming == by_code[i].hamming && by_code[i - 1].id < by_code[i].id));
  }
  SearchOptions radius = codes;
  radius.radius = static_cast<int>(by_code[50].hamming);
  const auto within = Search({{}, 17}, radius);
  EXPECT_GE(within.size(), 51u);
  EXPECT_EQ(within.back().hamming, by_code[50].hamming);
}

}  // namespace
}  // namespace hashlens
