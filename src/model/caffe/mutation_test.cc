// Files damaged in thousands of ways: each is refused with a word why, or read; nothing else. Run
// under the sanitizers, too.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/bytes.h"
#include "model/caffe/blob_file.h"
#include "model/caffe/network.h"
#include "model/caffe/npy_array.h"
#include "model/caffe/prototxt.h"
#include "model/caffe/selection.h"
#include "model/caffe/test_nets.h"
#include "model/openvino_errors.h"

namespace hashlens {
namespace {

TestNet Victim() {
  TestNet net = SmallNet(8);
  net.size = 12;
  net.layers[6] = Inner("fc", "conv2", 12 * 2 * 2, 10);
  net.layers[9] = Inner("code", "fc", 10, 8);
  return net;
}

// One change: a flip, a run of bytes replaced, removed, doubled, or a length made large.
std::string Mutated(std::string text, std::mt19937* random) {
  const auto below = [&](size_t limit) { return limit == 0 ? 0 : (*random)() % limit; };
  const size_t at = below(text.size());
  const size_t length = std::min<size_t>(1 + below(12), text.size() - at);
  switch (below(6)) {
    case 0:
      text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
      break;
    case 1:
      for (size_t i = 0; i < length; ++i) text[at + i] = static_cast<char>((*random)());
      break;
    case 2:
      text.erase(at, length);
      break;
    case 3:
      text.insert(at, text.substr(below(text.size()), length * 8));
      break;
    case 4:  // the largest varint of so many bytes
      text.replace(at, length, std::string(below(10), '\xff') + '\x7f');
      break;
    default:
      text.resize(at);
  }
  return text;
}

// What comes out must be of use: a refusal has a message of one line.
void ExpectPlain(const Status& status) {
  if (status.ok()) return;
  EXPECT_FALSE(status.message().empty());
  EXPECT_EQ(status.message().find('\n'), std::string::npos) << status.message();
}

// Everything that an import does with a prototxt and weights, but running the network.
Status Build(const std::string& prototxt, const std::string& model) {
  const auto net = ParsePrototxt(prototxt, "net");
  if (!net.ok()) return net.status();
  const auto selection = SelectCaffeLayers(*net, "fc", "code");
  if (!selection.ok()) return selection.status();
  const auto weights = ParseCaffeModel(AsBytes(model));
  if (!weights.ok()) return weights.status();
  return GuardOpenVino(StatusCode::kIoError, "building", [&]() -> Status {
    return BuildCaffeGraph(*net, *selection, *weights, {}).status();
  });
}

TEST(CaffeMutation, Prototxt) {
  std::mt19937 random(1);
  for (const CaffeForm form : {CaffeForm::kOld, CaffeForm::kNew}) {
    const std::string good = PrototxtOf(Victim(), form);
    const std::string model = CaffeModelOf(Victim(), form);
    ASSERT_TRUE(Build(good, model).ok()) << Build(good, model).message();
    int read = 0;
    for (int i = 0; i < 2000; ++i) {
      const Status status = Build(Mutated(good, &random), model);
      ExpectPlain(status);
      read += status.ok();
    }
    EXPECT_GT(read, 100);  // blanks and comments
    EXPECT_LT(read, 1900);
  }
}

// Numbers are where a small change asks for much.
TEST(CaffeMutation, NumbersOfThePrototxt) {
  constexpr std::array kNumbers = {"0", "-1", "2147483647", "4294967295", "65536", "1e38"};
  for (const CaffeForm form : {CaffeForm::kOld, CaffeForm::kNew}) {
    const std::string good = PrototxtOf(Victim(), form);
    const std::string model = CaffeModelOf(Victim(), form);
    for (size_t at = 0; at < good.size(); ++at) {
      if (good[at] < '0' || good[at] > '9' || good[at - 1] != ' ') continue;
      const size_t end = good.find_first_not_of("0123456789.", at);
      for (const char* number : kNumbers)
        ExpectPlain(Build(good.substr(0, at) + number + good.substr(end), model));
    }
  }
}

TEST(CaffeMutation, CaffeModel) {
  std::mt19937 random(2);
  for (const CaffeForm form : {CaffeForm::kOld, CaffeForm::kNew}) {
    const std::string prototxt = PrototxtOf(Victim(), form);
    const std::string good = CaffeModelOf(Victim(), form);
    int damaged = 0;
    for (int i = 0; i < 4000; ++i) {
      // Changes in the middle of weights are found by nobody: most are made where structure is.
      std::string bad = good;
      const size_t starts[] = {0, good.find("conv2"), good.rfind("classes"), good.find("code")};
      if (i % 4 != 0) {
        const size_t from = starts[random() % 4];
        bad = good.substr(0, from) + Mutated(good.substr(from, 60), &random) +
              good.substr(std::min(good.size(), from + 60));
      } else {
        bad = Mutated(good, &random);
      }
      const auto weights = ParseCaffeModel(AsBytes(bad));
      ExpectPlain(weights.status());
      damaged += !weights.ok();
      if (weights.ok()) ExpectPlain(Build(prototxt, bad));
    }
    EXPECT_GT(damaged, 400);
  }
}

TEST(CaffeMutation, EveryTruncationOfASmallCaffeModel) {
  TestNet net;
  net.layers = {Conv("c", "data", 1, 2, 2), Inner("i", "c", 3, 2)};
  const std::string good = CaffeModelOf(net, CaffeForm::kNew);
  int whole = 0;
  for (size_t size = 0; size < good.size(); ++size) {
    const auto weights = ParseCaffeModel(AsBytes(good.substr(0, size)));
    ExpectPlain(weights.status());
    whole += weights.ok();
  }
  EXPECT_EQ(whole, 1);  // the first layer without the second
}

TEST(CaffeMutation, MeanFiles) {
  std::mt19937 random(3);
  std::vector<float> values;
  const std::string proto = MeanProto(3, 4, &values);
  std::string npy("\x93NUMPY\x01\x00\x40\x00", 10);
  npy += "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 2), } \n";
  npy.append(48, '\0');
  for (int i = 0; i < 5000; ++i) {
    const std::string bad = Mutated(proto, &random);
    const auto blob = ParseBlob(AsBytes(bad));
    ExpectPlain(blob.status());
    if (blob.ok()) ExpectPlain(BlobValues(*blob).status());
    ExpectPlain(ParseNpy(AsBytes(Mutated(npy, &random))).status());
  }
}

}  // namespace
}  // namespace hashlens
