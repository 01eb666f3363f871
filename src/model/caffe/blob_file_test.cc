#include "model/caffe/blob_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

#include "caffe_net.pb.h"
#include "model/caffe/prototxt.h"
#include "model/caffe/test_nets.h"

namespace hashlens {
namespace {

using hashlens_caffe::BlobProto;

Result<std::vector<float>> ValuesOf(const std::string& bytes) {
  const auto blob = ParseBlob(AsBytes(bytes));
  if (!blob.ok()) return blob.status();
  return BlobValues(*blob);
}

StatusCode CodeOf(const std::string& bytes) { return ValuesOf(bytes).status().code(); }

TEST(CaffeModel, BothFormsHoldTheSameWeights) {
  const TestNet net = SmallNet(16);
  const std::string now = CaffeModelOf(net, CaffeForm::kNew);
  const std::string old = CaffeModelOf(net, CaffeForm::kOld);
  const auto a = ParseCaffeModel(AsBytes(now)), b = ParseCaffeModel(AsBytes(old));
  ASSERT_TRUE(a.ok()) << a.status().message();
  ASSERT_TRUE(b.ok()) << b.status().message();
  EXPECT_EQ(a->size(), 5u);
  EXPECT_EQ(b->size(), 5u);
  for (const auto& [name, blobs] : *a) {
    ASSERT_TRUE(b->contains(name));
    const auto& others = b->at(name);
    ASSERT_EQ(blobs.size(), others.size());
    for (size_t i = 0; i < blobs.size(); ++i) {
      EXPECT_EQ(others[i].shape.size(), 4u);
      EXPECT_EQ(blobs[i].count, others[i].count);
      EXPECT_EQ(*BlobValues(blobs[i]), *BlobValues(others[i]));
    }
  }
  EXPECT_EQ(a->at("conv2")[0].shape, (std::vector<int64_t>{12, 4, 3, 3}));
}

TEST(Blob, ValuesComeInEveryWayThatTheFormatHas) {
  BlobProto blob;
  for (const int64_t dim : {2, 3}) blob.mutable_shape()->add_dim(dim);
  for (int i = 0; i < 6; ++i) blob.add_double_data(i / 4.0);
  const std::vector<float> expected = {0, 0.25f, 0.5f, 0.75f, 1, 1.25f};
  EXPECT_EQ(*ValuesOf(blob.SerializeAsString()), expected);
  // One by one, as programs without packed fields write them.
  std::string bytes;
  for (const int dim : {2, 3}) bytes += std::string("\x3a\x02\x08") + static_cast<char>(dim);
  for (const float value : expected) {
    bytes += '\x2d';  // field 5, 4 bytes
    PutLittleEndian(&bytes, value);
  }
  EXPECT_EQ(*ValuesOf(bytes), expected);
}

TEST(Blob, AShapeThatDoesNotFitIsDamage) {
  const auto with = [](const std::vector<int64_t>& shape, int values) {
    BlobProto blob;
    blob.mutable_shape();
    for (const int64_t dim : shape) blob.mutable_shape()->add_dim(dim);
    for (int i = 0; i < values; ++i) blob.add_data(1);
    return CodeOf(blob.SerializeAsString());
  };
  EXPECT_EQ(with({2, 3}, 6), StatusCode::kOk);
  EXPECT_EQ(with({}, 1), StatusCode::kOk);
  EXPECT_EQ(with({2, 3}, 5), StatusCode::kCorruption);
  EXPECT_EQ(with({0}, 0), StatusCode::kCorruption);
  EXPECT_EQ(with({-1}, 1), StatusCode::kCorruption);
  EXPECT_EQ(with({int64_t{1} << 60, 16}, 0), StatusCode::kCorruption);
  EXPECT_EQ(with({1 << 20, 1 << 20, 1 << 20, 1 << 20}, 0), StatusCode::kCorruption);
  EXPECT_EQ(with(std::vector<int64_t>(33, 1), 1), StatusCode::kCorruption);
  EXPECT_EQ(CodeOf(""), StatusCode::kCorruption);
}

TEST(Blob, ValuesMustBeFinite) {
  BlobProto blob;
  blob.mutable_shape()->add_dim(1);
  for (const float bad :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    blob.clear_data();
    blob.add_data(bad);
    EXPECT_EQ(CodeOf(blob.SerializeAsString()), StatusCode::kCorruption);
  }
  blob.clear_data();
  blob.add_double_data(1e300);
  EXPECT_EQ(CodeOf(blob.SerializeAsString()), StatusCode::kCorruption);
}

TEST(CaffeModel, WhatIsNoneIsRefused) {
  for (const std::string& bytes : {std::string(), std::string("\x08\x01"), std::string("PK\3\4"),
                                   std::string(100, '\xff'), std::string("layer { name: 'a' }")}) {
    EXPECT_EQ(ParseCaffeModel(AsBytes(bytes)).status().code(), StatusCode::kCorruption) << bytes;
  }
}

TEST(CaffeModel, SmallFilesCannotAskForMuchMemory) {
  // A layer of two bytes each, and a blob of two bytes each.
  std::string layers, blobs;
  for (size_t i = 0; i <= kMaxCaffeLayers; ++i) layers += std::string("\xa2\x06\x00", 3);
  EXPECT_EQ(ParseCaffeModel(AsBytes(layers)).status().code(), StatusCode::kCorruption);
  hashlens_caffe::NetParameter net;
  net.add_layer();
  for (int i = 0; i < 65; ++i) net.mutable_layer(0)->add_blobs()->mutable_shape();
  const std::string bytes = net.SerializeAsString();
  EXPECT_EQ(ParseCaffeModel(AsBytes(bytes)).status().code(), StatusCode::kCorruption);
}

}  // namespace
}  // namespace hashlens
