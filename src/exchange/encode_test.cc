#include "hashlens/encode.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/test_encode.h"
#include "source/datum.h"
#include "source/lmdb_writer.h"

namespace hashlens {
namespace {

TEST_F(EncodeTest, GivesWhatALibraryStoresInTheOrderOfItsImages) {
  WritePictures();
  WritePicture(pictures() / ".hidden.ppm", 100);
  WritePicture(pictures() / "other.hashlens" / "1.ppm", 101);
  WriteWhole(pictures() / "a" / "film.mov", "no picture");
  std::filesystem::create_directory_symlink(pictures(), pictures() / "a" / "loop");
  std::filesystem::create_directory_symlink("b", pictures() / "B");
  EXPECT_EQ(Index().added, 12U);

  const PictureEncoder encoder = Encoder(Options());
  EXPECT_EQ(encoder.form().dim, kTestDim);
  EXPECT_EQ(encoder.form().bits, kBits);
  EncodeReport report;
  const auto encoded = Encode(encoder, {.paths = {pictures()}}, &report);
  EXPECT_EQ(report.encoded, 12U);
  EXPECT_EQ(report.skipped, 1U);
  EXPECT_EQ(report.failed, 0U);
  const Library read = Read();
  std::vector<Path> paths;
  ASSERT_EQ(encoded.size(), 12U);
  for (size_t i = 0; i < encoded.size(); ++i) {
    const auto path = read.PathOf(i + 1);
    ASSERT_TRUE(path.ok());
    EXPECT_EQ(encoded[i].path, *path);
    const auto code = read.CodeOf(i + 1);
    ASSERT_TRUE(code.ok());
    EXPECT_EQ(encoded[i].code, code->bytes);
    ASSERT_EQ(encoded[i].activations.size(), static_cast<size_t>(kBits));
    for (size_t bit = 0; bit < kBits; ++bit) {
      EXPECT_EQ(encoded[i].activations[bit] >= 0.5F,
                (encoded[i].code[bit / 8] >> (bit % 8) & 1) == 1);
    }
    paths.push_back(*path);
  }
  auto writer = Writer();
  ASSERT_TRUE(writer.ok());
  const auto stored = writer->FeaturesAt(paths);
  ASSERT_TRUE(stored.ok());
  ASSERT_EQ(stored->found.size(), 8U);  // those of the folder that is a link are asked for by it
  for (size_t i = 0; i < stored->found.size(); ++i) {
    const auto begin = stored->values.begin() + static_cast<ptrdiff_t>(i * kTestDim);
    EXPECT_TRUE(std::equal(begin, begin + kTestDim, encoded[stored->found[i]].feature.begin(),
                           encoded[stored->found[i]].feature.end()));
  }
}

TEST_F(EncodeTest, PicturesFailAloneAndInTheirPlaces) {
  WritePictures();
  WriteWhole(folder() / "broken.ppm", "P6\n16 16\n255\nshort");
  const PictureEncoder encoder = Encoder(Options({.code = true}));
  EncodeReport report;
  const Path first = pictures() / "b" / "0.ppm";
  const auto encoded = Encode(
      encoder, {.paths = {first, folder() / "broken.ppm", folder() / "none.ppm", first}}, &report);
  ASSERT_EQ(encoded.size(), 4U);
  EXPECT_EQ(report.encoded, 2U);
  EXPECT_EQ(report.failed, 2U);
  EXPECT_EQ(encoded[0].code, encoded[3].code);
  EXPECT_FALSE(encoded[1].error.empty());
  EXPECT_EQ(encoded[1].path, folder() / "broken.ppm");
  EXPECT_TRUE(encoded[1].code.empty());
  EXPECT_EQ(encoded[2].error, "opening: No such file or directory");
  EXPECT_TRUE(encoded[0].feature.empty() && encoded[0].activations.empty());
}

TEST_F(EncodeTest, EndsWithTheSinkTheFeedOrWhenStopped) {
  WritePictures();
  const PictureEncoder encoder = Encoder(Options());
  std::stop_source stop;
  size_t taken = 0;
  EncodePathsOptions options{.paths = {pictures()}};
  options.stop = stop.get_token();
  const auto full = EncodePaths(encoder, options, [&](const EncodedPicture&) -> Status {
    return ++taken == 2 ? IoError("the disk is full") : Status();
  });
  EXPECT_EQ(full.status().message(), "the disk is full");
  EXPECT_EQ(taken, 2U);
  size_t given = 0;
  taken = 0;
  const auto broken = encoder.Encode(
      [&]() -> Result<std::optional<PictureInput>> {
        if (given == 3) return Corruption("the database ends");
        PictureInput input;
        input.path = pictures() / "b" / (std::to_string(3 * given++) + ".ppm");
        return std::optional(input);
      },
      [&](const EncodedPicture& picture) {
        EXPECT_EQ(picture.path.filename(), std::to_string(3 * taken++) + ".ppm");
        return Status();
      });
  EXPECT_EQ(broken.status().code(), StatusCode::kCorruption);
  EXPECT_EQ(taken, 3U);
  stop.request_stop();
  EncodeReport report;
  EXPECT_TRUE(Encode(encoder, options, &report).empty());
  EXPECT_TRUE(report.interrupted);
}

TEST_F(EncodeTest, RecordsHaveTheirLabelsAndFeaturesNeedNoNetwork) {
  WritePicture(folder() / "1.ppm", 1);
  const std::string bytes = ReadWhole(folder() / "1.ppm");
  {
    auto writer = LmdbWriter::Create(folder() / "lmdb");
    ASSERT_TRUE(writer.ok());
    Datum datum;
    datum.data = bytes;
    datum.label = 1;
    datum.encoded = true;
    ASSERT_TRUE((*writer)->Put("a", EncodeDatum(datum)).ok());
    ASSERT_TRUE((*writer)->Put("b", "no Datum").ok());
    Datum feature;
    feature.channels = kTestDim;
    feature.height = feature.width = 1;
    feature.float_data.assign(kTestDim, 2.0F);
    ASSERT_TRUE((*writer)->Put("c", EncodeDatum(feature)).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
  }
  WriteWhole(folder() / "names.txt", "cat\ndog\n");
  WriteWhole(folder() / "list.txt", "1.ppm 0\nbroken\n1.ppm 7\n");
  const PictureEncoder encoder = Encoder(Options());
  EncodePathsOptions options{.paths = {folder() / "lmdb", folder() / "list.txt"}};
  options.label_names = folder() / "names.txt";
  EncodeReport report;
  const auto encoded = Encode(encoder, options, &report);
  ASSERT_EQ(encoded.size(), 6U);
  EXPECT_EQ(encoded[0].path, folder() / "lmdb" / "a");
  EXPECT_EQ(encoded[0].labels, std::vector<std::string>{"dog"});
  EXPECT_FALSE(encoded[1].error.empty());
  ASSERT_EQ(encoded[2].feature.size(), static_cast<size_t>(kTestDim));
  EXPECT_NEAR(encoded[2].feature[0], 1 / std::sqrt(32.0), 1e-3);
  EXPECT_TRUE(encoded[2].labels.empty());
  EXPECT_EQ(encoded[3].path, folder() / "list.txt");
  EXPECT_TRUE(encoded[3].error.starts_with("line 2: ")) << encoded[3].error;
  EXPECT_EQ(encoded[4].labels, std::vector<std::string>{"cat"});
  EXPECT_EQ(encoded[5].labels, std::vector<std::string>{"7"});
  EXPECT_EQ(encoded[5].feature, encoded[0].feature);
  EXPECT_EQ(report.warnings.size(), 1U);  // no name for 7
}

TEST_F(EncodeTest, LabelFilesNeedNoLabelsAndTheirMissingPicturesFailAlone) {
  WritePictures();
  WriteWhole(folder() / "one.csv",
             "path,label\npictures/b/0.ppm,cat\npictures/none.ppm,cat\npictures/b/3.ppm,\n");
  WriteWhole(folder() / "paths.CSV", "path\npictures/b/6.ppm\n");
  WriteWhole(folder() / "some.jsonl",
             "{\"path\": \"pictures/b/9.ppm\"}\n"
             "{\"path\": \"pictures/b/0.ppm\", \"label\": null}\n"
             "{\"path\": \"pictures/b/3.ppm\", \"labels\": [\"b\", \"a\", \"b\"]}\n");
  const PictureEncoder encoder = Encoder(Options({.code = true}));
  EncodeReport report;
  const auto encoded = Encode(
      encoder, {.paths = {folder() / "one.csv", folder() / "paths.CSV", folder() / "some.jsonl"}},
      &report);
  ASSERT_EQ(encoded.size(), 7U);
  EXPECT_EQ(report.failed, 1U);
  EXPECT_EQ(report.encoded, 6U);
  using Labels = std::vector<std::string>;
  const Labels expected[] = {{"cat"}, {"cat"}, {}, {}, {}, {}, {"a", "b"}};
  for (size_t i = 0; i < encoded.size(); ++i) {
    EXPECT_EQ(encoded[i].labels, expected[i]) << i;
    EXPECT_EQ(encoded[i].error.empty(), i != 1) << i;
  }
  EXPECT_EQ(encoded[0].code, encoded[5].code);
  // A broken row is reported before the first picture is read.
  WriteWhole(folder() / "broken.csv", "pictures/b/0.ppm,a\nx,y,z\n");
  size_t taken = 0;
  const auto broken = EncodePaths(encoder, {.paths = {pictures(), folder() / "broken.csv"}},
                                  [&](const EncodedPicture&) { return ++taken, Status(); });
  EXPECT_EQ(broken.status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(taken, 0U);
}

// Open files of this process below a folder.
size_t OpenBelow(const Path& folder) {
  size_t open = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // that of the iterator itself
    const Path target = std::filesystem::read_symlink(entry.path(), gone);
    open += target.native().starts_with(folder.native() + "/") ? 1 : 0;
  }
  return open;
}

TEST_F(EncodeTest, DatabasesAreOpenOneAfterTheOther) {
  WritePicture(folder() / "1.ppm", 1);
  const std::string bytes = ReadWhole(folder() / "1.ppm");
  EncodePathsOptions options;
  std::filesystem::create_directory(folder() / "databases");
  for (const char* name : {"a", "b", "c"}) {
    auto writer = LmdbWriter::Create(folder() / "databases" / name);
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    Datum datum;
    datum.data = bytes;
    datum.encoded = true;
    for (int i = 100; i < 150; ++i)
      ASSERT_TRUE((*writer)->Put(std::to_string(i), EncodeDatum(datum)).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
    options.paths.push_back(folder() / "databases" / name);
  }
  uint64_t total = 0;
  options.progress = [&](const Progress& progress) { total = progress.total; };
  const PictureEncoder encoder = Encoder(Options({.code = true}));
  size_t most = 0;
  size_t taken = 0;
  const auto report = EncodePaths(encoder, options, [&](const EncodedPicture&) {
    most = std::max(most, OpenBelow(folder() / "databases"));
    ++taken;
    return Status();
  });
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(taken, 150U);
  EXPECT_EQ(total, 150U);
  EXPECT_EQ(most, 1U);
}

// However many bytes each has, memory has a bound.
TEST_F(EncodeTest, FewLargePicturesAreInMemoryAtOnce) {
  constexpr size_t kBytes = size_t{64} << 20;
  constexpr size_t kPictures = 20;
  const PictureEncoder encoder = Encoder(Options());
  size_t given = 0, taken = 0, most = 0;
  const auto report = encoder.Encode(
      [&]() -> Result<std::optional<PictureInput>> {
        if (given == kPictures) return std::optional<PictureInput>();
        most = std::max(most, ++given - taken);
        PictureInput input;
        input.given = GivenPicture();
        input.given->bytes.resize(kBytes);  // no picture: it fails at once
        return std::optional(std::move(input));
      },
      [&](const EncodedPicture& picture) {
        EXPECT_FALSE(picture.error.empty());
        ++taken;
        return Status();
      });
  ASSERT_TRUE(report.ok()) << report.status().message();
  EXPECT_EQ(report->failed, kPictures);
  EXPECT_LE(most, 5U);
}

TEST_F(EncodeTest, OptionsThatMakeNoSenseAreRefused) {
  const auto code = [](const EncodeOptions& options) {
    return PictureEncoder::Open(options).status().code();
  };
  EXPECT_EQ(code(Options({})), StatusCode::kInvalidArgument);
  EncodeOptions options = Options();
  options.bits = 99;
  EXPECT_EQ(code(options), StatusCode::kInvalidArgument);
  options = Options();
  options.model = folder() / "none";
  EXPECT_EQ(code(options), StatusCode::kNotFound);
  options = Options();
  options.layer = "Relu_1";
  EXPECT_EQ(code(options), StatusCode::kInvalidArgument);  // with a code
  options.parts = {.feature = true};
  const auto unknown = PictureEncoder::Open(options);
  EXPECT_EQ(unknown.status().code(), StatusCode::kInvalidArgument);
  EXPECT_NE(unknown.status().message().find("near it are "), std::string::npos);
  for (const char* name : {"a.bmp", "a", ".npy"}) {
    EXPECT_EQ(CheckEncodedFile(folder() / name, kAll).code(), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(CheckEncodedFile(folder() / "a.npy", kAll).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(CheckEncodedFile(folder() / "a.NPY", {.code = true}).ok());
  WriteWhole(folder() / "a.npy.rows.jsonl", "");
  EXPECT_EQ(CheckEncodedFile(folder() / "a.npy", {.code = true}).code(),
            StatusCode::kInvalidArgument);
}

TEST_F(EncodeTest, ARowsFileWithoutItsArrayIsTold) {
  WriteWhole(folder() / "a.npy.rows.jsonl", "");
  const Status alone = CheckEncodedFile(folder() / "a.npy", {.code = true});
  EXPECT_EQ(alone.code(), StatusCode::kInvalidArgument);
  EXPECT_NE(alone.message().find("a.npy.rows.jsonl: already there, without a.npy"),
            std::string::npos)
      << alone.message();
}

}  // namespace
}  // namespace hashlens
