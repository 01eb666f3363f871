#include "model/tensor_file.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/temp_folder.h"

namespace hashlens {
namespace {

std::string FileOf(const std::string& header, size_t value_bytes) {
  std::string bytes;
  PutLittleEndian(&bytes, static_cast<uint64_t>(header.size()));
  return bytes + header + std::string(value_bytes, '\0');
}

StatusCode Read(const std::string& bytes) {
  const TempFolder temp;
  const Path path = temp.path() / "t.safetensors";
  EXPECT_TRUE(WriteFileDurably(path, AsBytes(bytes)).ok());
  return ReadTensorFile(path).status().code();
}

TEST(TensorFile, ComesBackAsItWasWritten) {
  const TempFolder temp;
  const Path path = temp.path() / "t.safetensors";
  const NamedTensors tensors = {{"a", {{2, 3}, {1, 2, 3, 4, 5, -6.5f}}}, {"b", {{}, {7}}}};
  ASSERT_TRUE(WriteTensorFile(path, tensors).ok());
  const auto read = ReadTensorFile(path);
  ASSERT_TRUE(read.ok()) << read.status().message();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->at("a").shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(read->at("a").values, tensors.at("a").values);
  EXPECT_EQ(read->at("b").values, (std::vector<float>{7}));
}

TEST(TensorFile, EveryTruncationIsFound) {
  const TempFolder temp;
  const Path path = temp.path() / "t.safetensors";
  ASSERT_TRUE(WriteTensorFile(path, {{"a", {{2, 2}, {1, 2, 3, 4}}}}).ok());
  const auto bytes = ReadFile(path, 1 << 20);
  ASSERT_TRUE(bytes.ok());
  const std::string whole(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  for (size_t n = 0; n < whole.size(); ++n)
    EXPECT_EQ(Read(whole.substr(0, n)), StatusCode::kCorruption) << n;
}

TEST(TensorFile, SizesThatDoNotFitAreFound) {
  const std::string good =
      R"({"__metadata__":{"x":"y"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  EXPECT_EQ(Read(FileOf(good, 8)), StatusCode::kOk);
  for (const char* header : {
           R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}})",
           R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})",
           R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})",
           R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})",
           R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})",
           R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
           R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})",
           R"({"a":{"dtype":"F32","shape":[2]}})",
           R"({"a":7})",
           R"([1])",
           R"({)",
       }) {
    EXPECT_EQ(Read(FileOf(header, 8)), StatusCode::kCorruption) << header;
  }
}

TEST(TensorFile, ValuesThatAreNotFiniteAreFound) {
  const TempFolder temp;
  const Path path = temp.path() / "t.safetensors";
  ASSERT_TRUE(
      WriteTensorFile(path, {{"a", {{1}, {std::numeric_limits<float>::quiet_NaN()}}}}).ok());
  EXPECT_EQ(ReadTensorFile(path).status().code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace hashlens
