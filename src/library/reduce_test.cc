// Libraries whose features are stored reduced.
#include "library/reduce.h"

#include <algorithm>

#include "base/half.h"
#include "base/sha256.h"
#include "library/feature_form.h"
#include "library/snapshot.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;
using Kind = FeatureForm::Kind;

constexpr FeatureForm kFull{Kind::kFull, 0};
constexpr FeatureForm kInt8{Kind::kInt8, 0};
constexpr FeatureForm kPca8{Kind::kPca, 8};

class ReduceTest : public LibraryTest {
 protected:
  void WritePictures(int first, int count) const {
    for (int i = first; i < first + count; ++i)
      WritePicture(pictures() / (std::to_string(i) + ".ppm"), static_cast<uint64_t>(i));
  }

  Result<LibraryWriter> WriterFor(const FeatureForm& form, const Path& package = {}) const {
    return LibraryWriter::OpenOrCreate(library(), {package.empty() ? model() : package, 0, form},
                                       open());
  }

  Result<CompactReport> CompactTo(const FeatureForm& form) const {
    CompactOptions options;
    options.features = form;
    return Writer()->Compact(options);
  }

  // A picture of the library, as a query by file, finds itself first, at no distance and with its
  // own code.
  void ExpectThatPicturesFindThemselves(int count) const {
    const Library read = Read();
    std::vector<Query> queries;
    for (int i = 0; i < count; ++i)
      queries.push_back({pictures() / (std::to_string(i * 3) + ".ppm"), 0});
    const auto results = read.Search(queries, {});
    ASSERT_TRUE(results.ok()) << results.status().message();
    for (size_t i = 0; i < queries.size(); ++i) {
      ASSERT_TRUE((*results)[i].ok());
      ASSERT_FALSE((*results)[i]->hits.empty());
      const Hit& hit = (*results)[i]->hits[0];
      EXPECT_EQ(hit.path, queries[i].file);
      EXPECT_EQ(hit.hamming, 0u);
      EXPECT_LE(*hit.distance, 1e-6F);
    }
  }

  std::set<std::string> ModelFiles() const {
    std::set<std::string> files;
    for (const auto& entry : fs::directory_iterator(library() / "model"))
      files.insert(entry.path().filename());
    return files;
  }
  Path ReductionFile() const {
    for (const std::string& file : ModelFiles())
      if (file.ends_with(".hlr")) return library() / "model" / file;
    return {};
  }

  CatalogSnapshot State() const {
    const auto catalog = Catalog::Open(library() / "catalog.db", Catalog::Mode::kRead);
    EXPECT_TRUE(catalog.ok());
    return *catalog->ReadSnapshot();
  }
};

TEST_F(ReduceTest, Int8KeepsTheNeighboursAndNewImagesAreStoredSo) {
  WritePictures(0, 60);
  IndexOptions index;
  index.batch = 16;
  Index(index);
  ImageSelection remove;
  remove.paths = {pictures() / "5.ppm", pictures() / "20.ppm"};
  ASSERT_TRUE(Writer()->Remove(remove).ok());
  const auto before = Search({{}, 7});
  const auto meta = State().meta;
  const auto report = CompactTo(kInt8);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->purged, 2u);
  EXPECT_EQ(report->segments_before, 4u);
  EXPECT_EQ(report->segments_after, 1u);
  ASSERT_TRUE(report->reduction);
  EXPECT_EQ(report->reduction->form, kInt8);
  EXPECT_EQ(report->reduction->images, 58u);
  EXPECT_EQ(report->reduction->bytes_after, 64 + 58 * (kTestDim + 8u));
  EXPECT_EQ(report->reduction->bytes_before, 4 * 64 + 60 * (2 * kTestDim + 4u));
  EXPECT_EQ(report->reduction->queries, 58u);
  EXPECT_GT(report->reduction->overlap, 0.9);
  EXPECT_LT(report->reduction->distance_change, 0.01);
  EXPECT_TRUE(Problems().empty());

  const auto state = State();
  EXPECT_EQ(state.meta.dim, kTestDim);
  EXPECT_NE(state.meta.feature_digest, meta.feature_digest);
  EXPECT_EQ(state.meta.head_sha256, meta.head_sha256);
  EXPECT_EQ(ReductionFile().filename(),
            ReductionName(Sha256Hex(AsBytes(ReadWhole(ReductionFile())))));
  const auto info = Read().Info();
  EXPECT_EQ(info->features, kInt8);
  EXPECT_EQ(info->model_dim, kTestDim);
  const auto after = Search({{}, 7});
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0].id, 7u);
  EXPECT_LE(*after[0].distance, 1e-6F);
  for (size_t i = 0; i < after.size(); ++i)
    EXPECT_NEAR(*after[i].distance, *before[i].distance, 0.02);
  ExpectThatPicturesFindThemselves(10);

  WritePictures(60, 20);
  index.batch = 7;
  EXPECT_EQ(Index(index).added, 22u);
  EXPECT_TRUE(Problems().empty());
  ExpectThatPicturesFindThemselves(26);
  const auto content = Content();
  EXPECT_EQ(content.size(), 80u);
  ASSERT_TRUE(Writer()->Compact().ok());
  EXPECT_EQ(Content(), content);  // copied rows are the same numbers
  EXPECT_TRUE(Problems().empty());
  for (const SegmentRow& row : State().segments) {
    const auto file = FeatureFile::Open(library() / "segments" / row.features_file);
    EXPECT_EQ(file->type(), FeatureType::kInt8);
  }
}

TEST_F(ReduceTest, PcaKeepsCodesAndLosesLittle) {
  WritePictures(0, 1000);
  EXPECT_TRUE(Index().fitted);
  std::vector<Hit> before = Search({{}, 3});
  const auto meta = State().meta;
  const Library old_reader = Read();
  const FeatureForm pca{Kind::kPca, 24};
  const auto report = CompactTo(pca);
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->reduction->form, pca);
  EXPECT_EQ(report->reduction->dim_before, kTestDim);
  EXPECT_EQ(report->reduction->dim_after, 24);
  EXPECT_GT(report->reduction->overlap, 0.8);
  EXPECT_LT(report->reduction->distance_change, 0.05);
  EXPECT_TRUE(Problems().empty());
  const auto state = State();
  EXPECT_EQ(state.meta.dim, 24);
  EXPECT_EQ(state.meta.bits, meta.bits);
  EXPECT_TRUE(state.meta.head_fitted);
  const auto info = Read().Info();
  EXPECT_EQ(info->features, pca);
  EXPECT_EQ(info->dim, 24);
  EXPECT_EQ(info->model_dim, kTestDim);
  EXPECT_EQ(info->head_method, "itq");
  const auto after = Search({{}, 3});
  uint32_t moved = 0;
  for (size_t i = 0; i < after.size(); ++i)
    moved += std::max(after[i].hamming, before[i].hamming) -
             std::min(after[i].hamming, before[i].hamming);
  EXPECT_LE(moved, 12u);
  ExpectThatPicturesFindThemselves(20);
  // Who had it open goes on with what it was.
  const Query by_id{{}, 3};
  const Query by_file{pictures() / "4.ppm", 0};
  EXPECT_EQ((*old_reader.Search(std::span(&by_id, 1), {}))[0]->hits[1].id, before[1].id);
  EXPECT_EQ((*old_reader.Search(std::span(&by_file, 1), {}))[0]->hits[0].path, by_file.file);

  // Everything that is done with a library.
  WritePictures(1000, 5);
  EXPECT_EQ(Index().added, 5u);
  EXPECT_EQ(Index().added, 0u);
  EXPECT_TRUE(Problems().empty());
  FitOptions fit;
  fit.bits = 20;
  ASSERT_TRUE(Writer(0)->Fit(fit).ok());
  EXPECT_TRUE(Problems().empty());
  ExpectThatPicturesFindThemselves(10);
  fit.bits = 25;  // one a dimension at most
  EXPECT_EQ(Writer(0)->Fit(fit).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(Read().Export(folder() / "out").ok());
  EXPECT_EQ(fs::file_size(folder() / "out" / "features.npy") % 64, 1005 * 24 * 2u % 64);
  EXPECT_EQ(ModelFiles().size(), 7u);  // package of 5, fitted head, reduction
}

TEST_F(ReduceTest, IndexReducesAtItsEnd) {
  WritePictures(0, 999);
  IndexOptions index;
  index.paths = {pictures()};
  const FeatureForm pca{Kind::kPca, 8};
  const auto too_few = WriterFor(pca)->Index(index);
  ASSERT_TRUE(too_few.ok()) << too_few.status().message();
  EXPECT_FALSE(too_few->reduction);
  ASSERT_EQ(too_few->warnings.size(), 1u);
  EXPECT_NE(too_few->warnings[0].find("hashlens compact"), std::string::npos);
  EXPECT_EQ(CompactTo(pca).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Read().Info()->features, kFull);
  WritePictures(999, 1);
  const auto enough = WriterFor(pca)->Index(index);
  ASSERT_TRUE(enough.ok());
  EXPECT_TRUE(enough->fitted);
  ASSERT_TRUE(enough->reduction);
  EXPECT_EQ(Read().Info()->features, pca);
  EXPECT_TRUE(Problems().empty());
  // The model's own part of the digest counts, and codes that are only reduced are no other ones.
  const auto again = WriterFor(pca)->Index(index);
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->reduction || again->kept_codes);
  EXPECT_EQ(again->unchanged, 1000u);
}

TEST_F(ReduceTest, NoFormButItsOwnFitsAReducedLibrary) {
  WritePictures(0, 10);
  for (const int dim : {0, kTestDim, kTestDim + 1, -3}) {
    EXPECT_EQ(WriterFor({Kind::kPca, dim}).status().code(), StatusCode::kInvalidArgument);
    EXPECT_FALSE(fs::exists(library()));
  }
  Index();
  EXPECT_FALSE(CompactTo(kFull)->reduction);
  EXPECT_EQ(CompactTo({Kind::kPca, kTestDim}).status().code(), StatusCode::kInvalidArgument);
  IndexOptions index;
  index.paths = {pictures()};
  EXPECT_TRUE(WriterFor(kInt8)->Index(index)->reduction);
  const auto state = State();
  EXPECT_FALSE(CompactTo(kInt8)->reduction);
  EXPECT_FALSE(WriterFor(kInt8)->Index(index)->reduction);
  EXPECT_EQ(State().meta, state.meta);
  for (const FeatureForm& form : {kFull, kPca8}) {
    for (const Status& status : {WriterFor(form).status(), CompactTo(form).status()}) {
      EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
      EXPECT_NE(status.message().find("stored as int8"), std::string::npos) << status.message();
    }
  }
  EXPECT_FALSE(WriterFor(kInt8)->Index(index)->kept_codes);
}

TEST_F(ReduceTest, AnEmptyLibraryCanBeOfInt8) {
  IndexOptions index;
  index.paths = {pictures()};
  fs::create_directories(pictures());
  ASSERT_TRUE(WriterFor(kInt8)->Index(index)->reduction);
  WritePictures(0, 7);
  EXPECT_EQ(Index().added, 7u);
  EXPECT_TRUE(Problems().empty());
  EXPECT_EQ(Read().Info()->feature_bytes, 64 + 7 * (kTestDim + 8u));
}

TEST_F(ReduceTest, StoppedOrFailedItLeavesTheLibraryAsItWas) {
  WritePictures(0, 30);
  Index();
  const auto before = Content();
  const auto files = ModelFiles();
  for (const std::string_view stage : {"measuring the loss", "reducing features"}) {
    std::stop_source stop;
    CompactOptions options;
    options.features = kInt8;
    options.stop = stop.get_token();
    options.progress = [&](const Progress& progress) {
      if (progress.stage == stage) stop.request_stop();
    };
    const auto report = Writer()->Compact(options);
    // A stop in the last block comes too late.
    if (report.ok()) continue;
    EXPECT_EQ(report.status().code(), StatusCode::kCancelled);
    EXPECT_EQ(Content(), before);
    EXPECT_EQ(ModelFiles(), files);
    EXPECT_TRUE(Problems().empty());
  }
}

// What a crash may leave behind is in nobody's way, before and after.
TEST_F(ReduceTest, ReductionsThatAreNotInUseAreClearedAway) {
  WritePictures(0, 8);
  Index();
  const auto files = ModelFiles();
  const std::string unused = SerializeReduction(Int8Reduction(7));
  const Path left = library() / "model" / ReductionName(Sha256Hex(AsBytes(unused)));
  WriteWhole(left, unused);
  ExpectThatPicturesFindThemselves(2);
  EXPECT_TRUE(Problems().empty());
  EXPECT_TRUE(Writer().ok());
  EXPECT_EQ(ModelFiles(), files);
  ASSERT_TRUE(CompactTo(kInt8).ok());
  const auto reduced = ModelFiles();
  WriteWhole(left, unused);
  WriteWhole(library() / "model" / "reduction-00000000.hlr", "half");
  ExpectThatPicturesFindThemselves(2);
  EXPECT_TRUE(Problems().empty());
  EXPECT_TRUE(Writer().ok());
  EXPECT_EQ(ModelFiles(), reduced);
}

TEST_F(ReduceTest, ADamagedOrMissingReductionIsNamedAndKept) {
  WritePictures(0, 8);
  Index();
  ASSERT_TRUE(CompactTo(kInt8).ok());
  const Path file = ReductionFile();
  const std::string good = ReadWhole(file);
  const Query by_file{pictures() / "1.ppm", 0};
  const Query by_id{{}, 1};
  const auto check = [&](const std::string& name) {
    const auto problems = Problems();
    ASSERT_EQ(problems.size(), 1u);
    EXPECT_NE(problems[0].find(name), std::string::npos) << problems[0];
    const Library read = Read();
    EXPECT_EQ(read.Search(std::span(&by_file, 1), {}).status().code(), StatusCode::kCorruption);
    EXPECT_TRUE((*read.Search(std::span(&by_id, 1), {}))[0].ok());
    EXPECT_FALSE(read.Info()->features);
    IndexOptions index;
    index.paths = {pictures()};
    index.retry = true;
    WritePicture(pictures() / "new.ppm", 77);
    auto writer = LibraryWriter::Open(library(), open());
    ASSERT_TRUE(writer.ok());  // removing images needs no model
    EXPECT_EQ(writer->Index(index).status().code(), StatusCode::kCorruption);
  };
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 4);
    WriteWhole(file, bad);
    EXPECT_FALSE(Problems().empty());
  }
  check(file.filename());
  EXPECT_TRUE(fs::exists(file));
  fs::remove(file);
  check("reduction-*.hlr");
  WriteWhole(file, good);
  EXPECT_TRUE(Problems().empty());
}

TEST_F(ReduceTest, FeaturesOf4096DimensionsAreIndexedSearchedAndReduced) {
  std::mt19937_64 random(3);
  std::vector<float> directions(size_t{64} * kWideTestDim);
  for (float& value : directions) value = static_cast<float>(random() % 2000) / 1000.0F - 1.0F;
  HashHead head;
  head.method = "lsh";
  head.bits = 64;
  head.dim = kWideTestDim;
  head.mean.assign(kWideTestDim, 0.01F);
  head.weights = directions;
  head.bias.assign(64, 0);
  const Path package = folder() / "wide";
  ASSERT_TRUE(WriteWideTestPackage(package, {{64, head.method, SerializeHead(head)}}).ok());
  WritePictures(0, 40);
  IndexOptions index;
  index.paths = {pictures()};
  ASSERT_TRUE(WriterFor(kFull, package)->Index(index).ok());
  EXPECT_EQ(Read().Info()->dim, kWideTestDim);
  EXPECT_TRUE(Problems().empty());
  ExpectThatPicturesFindThemselves(10);
  const auto before = Search({{}, 2});

  // Any orthonormal directions do; learning them at this size takes too long for a test.
  Reduction pca{ReductionKind::kPca, kWideTestDim, 1024, {}, {}};
  pca.mean.assign(kWideTestDim, 0.01F);
  pca.directions.assign(size_t{1024} * kWideTestDim, 0);
  for (size_t d = 0; d < 1024; ++d) pca.directions[d * kWideTestDim + 4 * d] = 1;
  const Path copy = folder() / "copy.hashlens";
  fs::copy(library(), copy, fs::copy_options::recursive);
  {
    const Layout layout{library()};
    auto catalog = Catalog::Open(layout.Catalog(), Catalog::Mode::kWrite);
    ASSERT_TRUE(catalog.ok());
    const auto state = catalog->ReadSnapshot();
    const auto own = OpenLibraryModel(layout, state->meta);
    ASSERT_TRUE(own.ok());
    const auto stored = StoreReduced(layout, &*catalog, *state, *own, pca, {}, {});
    ASSERT_TRUE(stored.ok()) << stored.status().message();
  }
  EXPECT_TRUE(Problems().empty());
  EXPECT_EQ(Read().Info()->dim, 1024);
  EXPECT_EQ(Read().Info()->model_dim, kWideTestDim);
  ExpectThatPicturesFindThemselves(10);
  EXPECT_EQ(Search({{}, 2})[0].id, before[0].id);

  fs::remove_all(library());
  fs::rename(copy, library());
  ASSERT_TRUE(WriterFor(kInt8, package)->Index(index)->reduction);
  EXPECT_TRUE(Problems().empty());
  ExpectThatPicturesFindThemselves(10);
  const auto after = Search({{}, 2});
  for (size_t i = 0; i < after.size(); ++i)
    EXPECT_NEAR(*after[i].distance, *before[i].distance, 0.02);
}

TEST(FeatureForm, NamesAreReadAsTheyAreWritten) {
  for (const char* name : {"full", "int8", "pca:1", "pca:256"}) {
    const auto form = ParseFeatureForm(name);
    ASSERT_TRUE(form.ok());
    EXPECT_EQ(FeatureFormName(*form), name);
  }
  for (const char* name : {"", "pca", "pca:", "pca:0", "pca:-1", "pca:x", "pca:12x", "pca: 12",
                           "pca:99999999999", "int4", "Full", "int8 "})
    EXPECT_EQ(ParseFeatureForm(name).status().code(), StatusCode::kInvalidArgument) << name;
}

}  // namespace
}  // namespace hashlens
