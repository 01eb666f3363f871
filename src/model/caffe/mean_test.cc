#include "model/caffe/mean.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/temp_folder.h"
#include "base/test_files.h"
#include "model/caffe/npy_array.h"
#include "model/caffe/test_nets.h"

namespace hashlens {
namespace {

// A .npy file, format version 1.
template <typename T>
std::string Npy(const std::string& type, const std::string& shape, const std::vector<T>& values,
                const std::string& order = "False") {
  const std::string text =
      "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
  std::string bytes("\x93NUMPY\x01\x00", 8);
  PutLittleEndian(&bytes, static_cast<uint16_t>(text.size()));
  bytes += text;
  for (const T value : values) PutLittleEndian(&bytes, value);
  return bytes;
}

TEST(Npy, ReadsBothPrecisions) {
  const auto single = ParseNpy(AsBytes(Npy<float>("<f4", "(2, 1, 2)", {1, 2, 3, 4.5f})));
  ASSERT_TRUE(single.ok()) << single.status().message();
  EXPECT_EQ(single->shape, (std::vector<uint64_t>{2, 1, 2}));
  EXPECT_EQ(single->values, (std::vector<float>{1, 2, 3, 4.5f}));
  EXPECT_EQ(ParseNpy(AsBytes(Npy<double>("<f8", "(3,)", {1, 2, 3})))->values,
            (std::vector<float>{1, 2, 3}));
}

TEST(Npy, RefusesEverythingElse) {
  const auto code = [](const std::string& bytes) {
    return ParseNpy(AsBytes(bytes)).status().code();
  };
  const std::vector<float> four = {1, 2, 3, 4};
  EXPECT_EQ(code(Npy("<f4", "(4,)", four)), StatusCode::kOk);
  EXPECT_EQ(code(Npy("<f4", "(5,)", four)), StatusCode::kCorruption);
  EXPECT_EQ(code(Npy("<f4", "(3,)", four)), StatusCode::kCorruption);
  EXPECT_EQ(code(Npy(">f4", "(4,)", four)), StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Npy("<f4", "(4,)", four, "True")), StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Npy("<f4", "(0,)", four)), StatusCode::kInvalidArgument);
  EXPECT_EQ(code(Npy("<f4", "(4294967296, 4294967296, 4294967296)", four)),
            StatusCode::kInvalidArgument);
  const std::string good = Npy("<f4", "(4,)", four);
  for (size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(code(good.substr(0, size)), StatusCode::kOk);
}

TEST(CaffeMean, NumbersAndFilesOfEveryKind) {
  const TempFolder folder;
  EXPECT_TRUE(ReadCaffeMean("")->values.empty());
  EXPECT_EQ(ReadCaffeMean("104,117.5, 123")->values, (std::vector<float>{104, 117.5f, 123}));
  std::vector<float> values;
  WriteWhole(folder.path() / "mean.binaryproto", MeanProto(3, 8, &values));
  const auto proto = ReadCaffeMean((folder.path() / "mean.binaryproto").string());
  ASSERT_TRUE(proto.ok()) << proto.status().message();
  EXPECT_EQ(proto->values, values);
  EXPECT_EQ(proto->channels, 3);
  EXPECT_EQ(proto->height, 8);
  WriteWhole(folder.path() / "mean.npy", Npy<float>("<f4", "(3, 8, 8)", values));
  EXPECT_EQ(ReadCaffeMean((folder.path() / "mean.npy").string())->values, values);
}

TEST(CaffeMean, WhatIsNoneIsNamed) {
  const TempFolder folder;
  EXPECT_EQ(ReadCaffeMean("104,117,").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(ReadCaffeMean("nan,1,1").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(ReadCaffeMean((folder.path() / "none.npy").string()).status().code(),
            StatusCode::kNotFound);
  WriteWhole(folder.path() / "mean.mat", "MATLAB 5.0 MAT-file");
  const auto mat = ReadCaffeMean((folder.path() / "mean.mat").string());
  EXPECT_EQ(mat.status().code(), StatusCode::kCorruption);
  EXPECT_NE(mat.status().message().find("mean.mat"), std::string::npos);
}

TEST(CaffeMean, OfTheWholePictureTheMiddleIsTaken) {
  CaffeMean mean{1, 5, 5, {}};
  for (int i = 0; i < 25; ++i) mean.values.push_back(static_cast<float>(i));
  EXPECT_EQ(FitCaffeMean(mean, 1, 3, 5)->values,
            (std::vector<float>{6, 7, 8, 11, 12, 13, 16, 17, 18}));
  // An odd margin: the smaller half is left and above.
  EXPECT_EQ(FitCaffeMean(mean, 1, 2, 5)->values, (std::vector<float>{6, 7, 11, 12}));
  EXPECT_EQ(FitCaffeMean(mean, 1, 5, 9)->values, mean.values);
  EXPECT_EQ(FitCaffeMean(mean, 1, 3, 4).status().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(FitCaffeMean(mean, 3, 3, 5).status().code(), StatusCode::kInvalidArgument);
}

TEST(CaffeMean, OneNumberIsForEveryChannel) {
  EXPECT_EQ(FitCaffeMean({1, 1, 1, {7}}, 3, 9, 9)->values, (std::vector<float>{7, 7, 7}));
  EXPECT_EQ(FitCaffeMean({3, 1, 1, {1, 2, 3}}, 1, 9, 9).status().code(),
            StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hashlens
