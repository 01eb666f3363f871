// Files of encoded pictures, read again.
#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/test_encode.h"
#include "library/npy.h"
#include "source/hdf5_file.h"
#include "source/record_source.h"

namespace hashlens {
namespace {

class EncodedFileTest : public EncodeTest {
 protected:
  void SetUp() override {
    EncodeTest::SetUp();
    WritePictures();
    WriteWhole(folder() / "list.txt",
               "pictures/b/0.ppm 4\npictures/none.ppm 2\npictures/b/3.ppm -3\n");
  }
  // Every picture of list.txt, also as they were given to the file.
  std::vector<EncodedPicture> Write(const std::string& name, const EncodedParts& parts,
                                    bool finish = true) {
    const PictureEncoder encoder = Encoder(Options(parts));
    auto file = CreateEncodedFile(folder() / name, encoder.form());
    EXPECT_TRUE(file.ok()) << file.status().message();
    auto pictures = Encode(encoder, {.paths = {folder() / "list.txt"}});
    EXPECT_EQ(pictures.size(), 3U);
    for (const EncodedPicture& picture : pictures) EXPECT_TRUE((*file)->Add(picture).ok());
    if (finish) {
      EXPECT_TRUE((*file)->Finish().ok());
    }
    std::erase_if(pictures, [](const auto& picture) { return !picture.error.empty(); });
    return pictures;
  }
};

TEST_F(EncodedFileTest, ArraysOfNumPyHaveARowForEachPictureThatWasEncoded) {
  const auto pictures = Write("codes.npy", {.code = true});
  const auto rows = ReadNpyBytes(folder() / "codes.npy", 1 << 20);
  ASSERT_TRUE(rows.ok()) << rows.status().message();
  EXPECT_EQ(rows->rows, 2U);
  EXPECT_EQ(rows->columns, 2U);
  std::vector<uint8_t> codes = pictures[0].code;
  codes.insert(codes.end(), pictures[1].code.begin(), pictures[1].code.end());
  EXPECT_EQ(rows->values, codes);
  EXPECT_EQ(ReadWhole(folder() / "codes.npy.rows.jsonl"),
            "{\"label\":\"4\",\"path\":\"" + pictures[0].path.native() +
                "\",\"version\":1}\n{\"label\":\"-3\",\"path\":\"" + pictures[1].path.native() +
                "\",\"version\":1}\n");
}

TEST_F(EncodedFileTest, Hdf5HoldsEverything) {
  const auto pictures = Write("all.h5", kAll);
  const auto file = OpenHdf5File(folder() / "all.h5");
  ASSERT_TRUE(file.ok()) << file.status().message();
  const auto open = [&](const char* name) {
    auto dataset = (*file)->Open(name);
    EXPECT_TRUE(dataset.ok()) << dataset.status().message();
    return std::move(*dataset);
  };
  const auto feature = open("feature");
  const auto activations = open("activations");
  const auto code = open("code");
  const auto label = open("label");
  EXPECT_EQ(feature->shape(), (std::vector<uint64_t>{2, kTestDim}));
  EXPECT_TRUE((*file)->Has("path"));
  for (uint64_t row = 0; row < 2; ++row) {
    std::vector<float> numbers;
    ASSERT_TRUE(feature->ReadFloats(row, &numbers).ok());
    EXPECT_EQ(numbers, pictures[row].feature);
    ASSERT_TRUE(activations->ReadFloats(row, &numbers).ok());
    EXPECT_EQ(numbers, pictures[row].activations);
    std::string bytes;
    ASSERT_TRUE(code->ReadBytes(row, &bytes).ok());
    EXPECT_EQ(std::vector<uint8_t>(bytes.begin(), bytes.end()), pictures[row].code);
    std::vector<int64_t> labels;
    ASSERT_TRUE(label->ReadIntegers(row, &labels).ok());
    EXPECT_EQ(labels, std::vector<int64_t>{row == 0 ? 4 : -3});
  }
}

TEST_F(EncodedFileTest, AnHdf5FileOfFewPicturesIsSmall) {
  Write("all.h5", kAll);
  EXPECT_LT(std::filesystem::file_size(folder() / "all.h5"), 50'000U);
}

TEST_F(EncodedFileTest, WhyAnHdf5FileCannotBeMadeIsToldInTheSystemsWords) {
  const PictureEncoder encoder = Encoder(Options());
  const auto file = CreateEncodedFile(folder() / "none" / "all.h5", encoder.form());
  EXPECT_EQ(file.status().code(), StatusCode::kNotFound);
  EXPECT_EQ(file.status().message(),
            "creating " + (folder() / "none" / "all.h5").native() + ": No such file or directory");
}

TEST_F(EncodedFileTest, LmdbHoldsFeaturesThatAreReadAgain) {
  const auto pictures = Write("f.lmdb/", {.feature = true});
  const auto source = OpenSource(folder() / "f.lmdb", {});
  ASSERT_TRUE(source.ok()) << source.status().message();
  for (size_t row = 0; row < 2; ++row) {
    const auto record = (*source)->Next();
    ASSERT_TRUE(record.ok() && *record && (*record)->problem.ok());
    EXPECT_TRUE((*record)->key.starts_with("000000000" + std::to_string(row) + "_"));
    EXPECT_TRUE((*record)->key.ends_with(".ppm"));
    EXPECT_EQ((*record)->feature, pictures[row].feature);
    EXPECT_EQ((*record)->label, row == 0 ? 4 : -3);
  }
}

TEST_F(EncodedFileTest, TextHasALineEach) {
  auto pictures = Write("a.jsonl", {.code = true});
  const std::string lines = ReadWhole(folder() / "a.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3);  // the failed one, too
  EXPECT_TRUE(lines.starts_with(EncodedJson(pictures[0]) + "\n{\"error\":"));
  pictures = Write("a.csv", {.activations = true, .code = true});
  const std::string csv = ReadWhole(folder() / "a.csv");
  EXPECT_TRUE(csv.starts_with("path,label,code,activation_0,")) << csv;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), ','), 3 * (2 + kBits));
}

TEST_F(EncodedFileTest, AFileIsThereWholeOrNotAtAll) {
  const auto before = Left();
  for (const char* name : {"a.npy", "a.lmdb"}) {
    Write(name, {.feature = true}, /*finish=*/false);
    EXPECT_EQ(Left(), before) << name;
  }
  for (const char* name : {"a.h5", "a.csv", "a.jsonl"}) {
    Write(name, kAll, /*finish=*/false);
    EXPECT_EQ(Left(), before) << name;
    // Something has got the name meanwhile.
    const PictureEncoder encoder = Encoder(Options());
    auto file = CreateEncodedFile(folder() / name, encoder.form());
    ASSERT_TRUE(file.ok());
    WriteWhole(folder() / name, "mine");
    const Status status = (*file)->Finish();
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
    EXPECT_EQ(ReadWhole(folder() / name), "mine");
    // The work is not lost.
    constexpr std::string_view kKept = "; what was made is ";
    const size_t kept = status.message().find(kKept);
    ASSERT_NE(kept, std::string::npos) << status.message();
    EXPECT_TRUE(std::filesystem::remove(status.message().substr(kept + kKept.size())));
    EXPECT_EQ(CreateEncodedFile(folder() / name, encoder.form()).status().code(),
              StatusCode::kInvalidArgument);
    std::filesystem::remove(folder() / name);
  }
}

TEST(EncodedJson, SaysWhatIsThere) {
  EncodedPicture picture;
  picture.path = "a\xff.jpg";
  picture.labels = {"x", "y"};
  picture.code = {0x01, 0xab};
  picture.feature = {0.1F, -1};
  EXPECT_EQ(EncodedJson(picture),
            "{\"code\":\"01ab\",\"feature\":[0.1,-1.0],\"labels\":[\"x\",\"y\"],\"path\":"
            "\"a\xef\xbf\xbd.jpg\",\"path_hex\":\"61ff2e6a7067\",\"version\":1}");
}

}  // namespace
}  // namespace hashlens
