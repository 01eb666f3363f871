#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/crc32c.h"
#include "hash/hash_head.h"
#include "hash/limits.h"

namespace hashlens {
namespace {

// The example of docs/FORMAT.md.
HashHead TinyHead() {
  HashHead head;
  head.method = "pca";
  head.bits = 8;
  head.dim = 2;
  head.seed = 1;
  head.mean = {0.5f, -0.25f};
  for (int i = 0; i < 16; ++i) head.weights.push_back(static_cast<float>(i - 8) / 8);
  for (size_t b = 0; b < 8; ++b) {
    head.bias.push_back(
        -(head.weights[2 * b] * head.mean[0] + head.weights[2 * b + 1] * head.mean[1]));
  }
  return head;
}

std::string Hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return hex;
}

// The file with a checksum that fits its bytes again.
std::string Resealed(std::string file) {
  file.resize(file.size() - 4);
  PutLittleEndian(&file, Crc32c(AsBytes(file)));
  return file;
}

void Overwrite(std::string* file, size_t offset, uint32_t value) {
  std::string field;
  PutLittleEndian(&field, value);
  file->replace(offset, field.size(), field);
}

TEST(HeadFile, EveryFieldSurvives) {
  const HashHead head = TinyHead();
  const Result<HashHead> parsed = ParseHead(AsBytes(SerializeHead(head)));
  ASSERT_TRUE(parsed.ok()) << parsed.status().message();
  EXPECT_EQ(parsed->method, head.method);
  EXPECT_EQ(parsed->bits, head.bits);
  EXPECT_EQ(parsed->dim, head.dim);
  EXPECT_EQ(parsed->seed, head.seed);
  EXPECT_EQ(parsed->mean, head.mean);
  EXPECT_EQ(parsed->weights, head.weights);
  EXPECT_EQ(parsed->bias, head.bias);
}

TEST(HeadFile, BytesAreThoseOfTheSpecification) {
  EXPECT_EQ(Hex(SerializeHead(TinyHead())),
            "484c484541440d0a010000000800000002000000010000000000000003000000"
            "7063610000003f000080be000080bf000060bf000040bf000020bf000000bf00"
            "00c0be000080be000000be000000000000003e0000803e0000c03e0000003f00"
            "00203f0000403f0000603f0000903e0000603e0000203e0000c03d0000003d00"
            "0000bd0000c0bd000020be526ed910");
}

TEST(HeadFile, EveryTruncationIsCorruption) {
  const std::string file = SerializeHead(TinyHead());
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_EQ(ParseHead(AsBytes(file).first(size)).status().code(), StatusCode::kCorruption)
        << size;
    if (size < 4) continue;
    const std::string resealed = Resealed(file.substr(0, size));
    EXPECT_EQ(ParseHead(AsBytes(resealed)).status().code(), StatusCode::kCorruption) << size;
  }
  EXPECT_EQ(ParseHead(AsBytes(file + '\0')).status().code(), StatusCode::kCorruption);
  EXPECT_EQ(ParseHead(AsBytes(Resealed(file + '\0'))).status().code(), StatusCode::kCorruption);
}

TEST(HeadFile, EveryFlippedBitIsNoticed) {
  const std::string file = SerializeHead(TinyHead());
  for (size_t i = 0; i < file.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string broken = file;
      broken[i] = static_cast<char>(broken[i] ^ (1 << bit));
      const StatusCode code = ParseHead(AsBytes(broken)).status().code();
      const bool version = i >= 8 && i < 12;
      EXPECT_TRUE(code == StatusCode::kCorruption || (version && code == StatusCode::kUnsupported))
          << "byte " << i << " bit " << bit;
    }
  }
}

// Lies that the checksum does not show: any outcome but a crash or an unchecked value.
TEST(HeadFile, EveryByteValueUnderAFittingChecksumIsSafe) {
  const std::string file = SerializeHead(TinyHead());
  size_t accepted = 0;
  for (size_t i = 0; i + 4 < file.size(); ++i) {
    for (int value = 0; value < 256; ++value) {
      std::string changed = file;
      changed[i] = static_cast<char>(value);
      const Result<HashHead> parsed = ParseHead(AsBytes(Resealed(changed)));
      if (!parsed.ok()) continue;
      ++accepted;
      ASSERT_EQ(parsed->weights.size(),
                static_cast<size_t>(parsed->bits) * static_cast<size_t>(parsed->dim));
      for (const float weight : parsed->weights) ASSERT_TRUE(std::isfinite(weight));
    }
  }
  EXPECT_GT(accepted, 0u);
}

TEST(HeadFile, SizesAreCheckedBeforeUse) {
  const std::string file = SerializeHead(TinyHead());
  struct Lie {
    size_t offset;
    uint32_t value;
  };
  for (const Lie lie :
       {Lie{12, 7}, Lie{12, 513}, Lie{12, 0xffffffff}, Lie{16, 0}, Lie{16, kMaxDim + 1},
        Lie{16, 0xffffffff}, Lie{16, 0x40000000}, Lie{28, 0}, Lie{28, 65}, Lie{28, 0xffffffff}}) {
    std::string changed = file;
    Overwrite(&changed, lie.offset, lie.value);
    EXPECT_EQ(ParseHead(AsBytes(Resealed(changed))).status().code(), StatusCode::kCorruption)
        << lie.offset;
  }
  std::string newer = file;
  Overwrite(&newer, 8, 3);
  EXPECT_EQ(ParseHead(AsBytes(newer)).status().code(), StatusCode::kUnsupported);
}

TEST(HeadFile, NumbersThatAreNotFiniteAreCorruption) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    for (int field = 0; field < 3; ++field) {
      HashHead head = TinyHead();
      (field == 0 ? head.mean : field == 1 ? head.weights : head.bias)[1] = bad;
      EXPECT_EQ(ParseHead(AsBytes(SerializeHead(head))).status().code(), StatusCode::kCorruption);
    }
  }
}

TEST(HeadFile, AnotherActivationOrThresholdIsVersionTwo) {
  for (const auto& [activation, threshold] : {std::pair{Activation::kTanh, 0.0F},
                                              {Activation::kTanh, 0.5F},
                                              {Activation::kSigmoid, 0.25F}}) {
    HashHead head = TinyHead();
    head.activation = activation;
    head.threshold = threshold;
    const std::string file = SerializeHead(head);
    EXPECT_EQ(file[8], 2);
    EXPECT_EQ(file.size(), SerializeHead(TinyHead()).size() + 8);
    const Result<HashHead> parsed = ParseHead(AsBytes(file));
    ASSERT_TRUE(parsed.ok()) << parsed.status().message();
    EXPECT_EQ(parsed->activation, activation);
    EXPECT_EQ(parsed->threshold, threshold);
    EXPECT_EQ(parsed->weights, head.weights);
    for (size_t size = 0; size < file.size(); ++size)
      EXPECT_FALSE(ParseHead(AsBytes(file.substr(0, size))).ok()) << size;
  }
}

// The example of docs/FORMAT.md.
TEST(HeadFile, VersionTwoHasActivationAndThresholdBehindTheName) {
  HashHead head = TinyHead();
  head.activation = Activation::kTanh;
  head.threshold = 0.25F;
  EXPECT_EQ(Hex(SerializeHead(head).substr(32, 11)),
            "706361"
            "02000000"
            "0000803e");
}

TEST(HeadFile, ActivationsAndThresholdsThatCannotBeAreCorruption) {
  HashHead head = TinyHead();
  head.activation = Activation::kTanh;
  head.threshold = 0.25F;
  const std::string good = SerializeHead(head);
  const auto with = [&](uint32_t activation, float threshold) {
    std::string file = good;
    Overwrite(&file, 35, activation);
    Overwrite(&file, 39, std::bit_cast<uint32_t>(threshold));
    return ParseHead(AsBytes(Resealed(file))).status().code();
  };
  EXPECT_EQ(with(2, 0.25F), StatusCode::kOk);
  EXPECT_EQ(with(1, 0.25F), StatusCode::kOk);
  EXPECT_EQ(with(1, 0.5F), StatusCode::kCorruption);  // what version 1 says
  EXPECT_EQ(with(1, -0.5F), StatusCode::kCorruption);
  EXPECT_EQ(with(2, -1.0F), StatusCode::kCorruption);
  EXPECT_EQ(with(2, 1.0F), StatusCode::kCorruption);
  EXPECT_EQ(with(2, std::numeric_limits<float>::quiet_NaN()), StatusCode::kCorruption);
  for (const uint32_t activation : {0u, 3u, 1u << 31})
    EXPECT_EQ(with(activation, 0.25F), StatusCode::kCorruption);
}

}  // namespace
}  // namespace hashlens
