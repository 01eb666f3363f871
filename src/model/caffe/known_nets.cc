#include "model/caffe/known_nets.h"

namespace hashlens {
namespace {

const std::string kLrn = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }";

// Appends layers; `blob` is what the last one made, of `channels`.
class Chain {
 public:
  Chain(int channels, int size) : channels_(channels) {
    net_.channels = channels;
    net_.size = size;
  }

  void Conv(const std::string& name, int64_t out, int64_t kernel, const std::string& more = "",
            int64_t group = 1) {
    net_.layers.push_back(hashlens::Conv(name, blob_, channels_, out, kernel, more, group));
    if (more.find("bias_term: false") != std::string::npos) net_.layers.back().shapes.pop_back();
    channels_ = out;
    blob_ = name;
  }
  void ConvRelu(const std::string& name, int64_t out, int64_t kernel, const std::string& more = "",
                int64_t group = 1) {
    Conv(name, out, kernel, more, group);
    Relu();
  }
  void Relu() { net_.layers.push_back(Over("relu_" + blob_, "ReLU", blob_)); }
  void Dropout() {
    net_.layers.push_back(
        Over("drop_" + blob_, "Dropout", blob_, "dropout_param { dropout_ratio: 0.5 }"));
  }
  // ResNet's pair; BatchNorm's blobs are means, variances and a count.
  void Norm() {
    const std::vector<int64_t> each = {channels_};
    net_.layers.push_back(
        {"bn_" + blob_, "BatchNorm", blob_, blob_, "", {each, each, {1}}, 0.5f, 1.5f});
    net_.layers.push_back({"scale_" + blob_,
                           "Scale",
                           blob_,
                           blob_,
                           "scale_param { bias_term: true }",
                           {each, each},
                           0.5f,
                           1.5f});
  }
  void Plain(const std::string& name, const std::string& type, const std::string& fields) {
    net_.layers.push_back(hashlens::Plain(name, type, blob_, fields));
    blob_ = name;
  }
  void Pool(const std::string& name, const std::string& fields) {
    Plain(name, "Pooling", "pooling_param { " + fields + " }");
  }
  void Together(const std::string& name, const std::string& type,
                const std::vector<std::string>& bottoms, int64_t channels) {
    std::string all;
    for (const std::string& bottom : bottoms) all += bottom + " ";
    net_.layers.push_back(hashlens::Plain(name, type, all));
    blob_ = name;
    channels_ = channels;
  }
  void Inner(const std::string& name, int64_t in, int64_t out) {
    net_.layers.push_back(hashlens::Inner(name, blob_, in, out));
    blob_ = name;
  }
  void Go(const std::string& blob, int64_t channels) {
    blob_ = blob;
    channels_ = channels;
  }
  int64_t channels() const { return channels_; }
  const std::string& blob() const { return blob_; }
  KnownNet As(const std::string& name) const { return {name, net_, blob_}; }

 private:
  TestNet net_;
  std::string blob_ = "data";
  int64_t channels_;
};

int64_t After(int64_t size, int64_t kernel, int64_t stride, int64_t pad = 0) {
  return (size + 2 * pad - kernel) / stride + 1;
}

int64_t Ceil(int64_t size, int64_t kernel, int64_t stride) {
  return (size - kernel + stride - 1) / stride + 1;
}

KnownNet AlexLike(const std::string& name, int size, int part, bool norm_first) {
  Chain chain(3, size);
  int64_t side = After(size, 11, 4);
  const auto both = [&](const std::string& number) {
    if (norm_first) chain.Plain("norm" + number, "LRN", kLrn);
    chain.Pool("pool" + number, "pool: MAX kernel_size: 3 stride: 2");
    if (!norm_first) chain.Plain("norm" + number, "LRN", kLrn);
    side = Ceil(side, 3, 2);
  };
  chain.ConvRelu("conv1", 96 / part, 11, "stride: 4");
  both("1");
  chain.ConvRelu("conv2", 256 / part, 5, "pad: 2", 2);
  both("2");
  chain.ConvRelu("conv3", 384 / part, 3, "pad: 1");
  chain.ConvRelu("conv4", 384 / part, 3, "pad: 1", 2);
  chain.ConvRelu("conv5", 256 / part, 3, "pad: 1", 2);
  chain.Pool("pool5", "pool: MAX kernel_size: 3 stride: 2");
  side = Ceil(side, 3, 2);
  for (const int64_t number : {6, 7}) {
    const int64_t in = number == 6 ? chain.channels() * side * side : 4096 / part;
    chain.Inner("fc" + std::to_string(number), in, 4096 / part);
    chain.Relu();
    chain.Dropout();
  }
  return chain.As(name);
}

struct Inception {
  const char* name;
  int64_t one, three_reduce, three, five_reduce, five, pool;
};

void AddInception(const Inception& layers, int part, Chain* chain) {
  const std::string start = chain->blob();
  const int64_t in = chain->channels();
  const std::string name = std::string("inception_") + layers.name;
  std::vector<std::string> ends;
  int64_t out = 0;
  const auto end = [&] {
    ends.push_back(chain->blob());
    out += chain->channels();
    chain->Go(start, in);
  };
  chain->ConvRelu(name + "/1x1", layers.one / part, 1);
  end();
  chain->ConvRelu(name + "/3x3_reduce", layers.three_reduce / part, 1);
  chain->ConvRelu(name + "/3x3", layers.three / part, 3, "pad: 1");
  end();
  chain->ConvRelu(name + "/5x5_reduce", layers.five_reduce / part, 1);
  chain->ConvRelu(name + "/5x5", layers.five / part, 5, "pad: 2");
  end();
  chain->Pool(name + "/pool", "pool: MAX kernel_size: 3 stride: 1 pad: 1");
  chain->ConvRelu(name + "/pool_proj", layers.pool / part, 1);
  end();
  chain->Together(name + "/output", "Concat", ends, out);
}

void AddFire(int number, int64_t squeeze, int64_t expand, Chain* chain) {
  const std::string name = "fire" + std::to_string(number);
  chain->ConvRelu(name + "/squeeze1x1", squeeze, 1);
  const std::string start = chain->blob();
  chain->ConvRelu(name + "/expand1x1", expand, 1);
  const std::string one = chain->blob();
  chain->Go(start, squeeze);
  chain->ConvRelu(name + "/expand3x3", expand, 3, "pad: 1");
  const std::string three = chain->blob();
  chain->Together(name + "/concat", "Concat", {one, three}, 2 * expand);
}

void AddResidual(const std::string& name, int64_t out, int64_t stride, Chain* chain) {
  std::string start = chain->blob();
  const int64_t in = chain->channels();
  const std::string steps = " stride: " + std::to_string(stride);
  if (stride != 1 || in != out) {
    chain->Conv(name + "_branch1", out, 1, "bias_term: false" + steps);
    chain->Norm();
    const std::string shortcut = chain->blob();
    chain->Go(start, in);
    start = shortcut;
  }
  chain->Conv(name + "_branch2a", out, 3, "bias_term: false pad: 1" + steps);
  chain->Norm();
  chain->Relu();
  chain->Conv(name + "_branch2b", out, 3, "bias_term: false pad: 1");
  chain->Norm();
  chain->Together(name, "Eltwise", {start, chain->blob()}, out);
  chain->Relu();
}

}  // namespace

KnownNet KnownLeNet() {
  Chain chain(1, 28);
  chain.Conv("conv1", 20, 5);
  chain.Pool("pool1", "pool: MAX kernel_size: 2 stride: 2");
  chain.Conv("conv2", 50, 5);
  chain.Pool("pool2", "pool: MAX kernel_size: 2 stride: 2");
  chain.Inner("ip1", 800, 500);
  chain.Relu();
  return chain.As("LeNet");
}

KnownNet KnownCifar10Quick() {
  Chain chain(3, 32);
  chain.Conv("conv1", 32, 5, "pad: 2");
  chain.Pool("pool1", "pool: MAX kernel_size: 3 stride: 2");
  chain.Relu();
  chain.ConvRelu("conv2", 32, 5, "pad: 2");
  chain.Pool("pool2", "pool: AVE kernel_size: 3 stride: 2");
  chain.ConvRelu("conv3", 64, 5, "pad: 2");
  chain.Pool("pool3", "pool: AVE kernel_size: 3 stride: 2");
  chain.Inner("ip1", 1024, 64);
  return chain.As("CIFAR-10 quick");
}

KnownNet KnownCifar10Full() {
  const std::string lrn =
      "lrn_param { local_size: 3 alpha: 5e-05 beta: 0.75 norm_region: WITHIN_CHANNEL }";
  Chain chain(3, 32);
  chain.Conv("conv1", 32, 5, "pad: 2");
  chain.Pool("pool1", "pool: MAX kernel_size: 3 stride: 2");
  chain.Relu();
  chain.Plain("norm1", "LRN", lrn);
  chain.ConvRelu("conv2", 32, 5, "pad: 2");
  chain.Pool("pool2", "pool: AVE kernel_size: 3 stride: 2");
  chain.Plain("norm2", "LRN", lrn);
  chain.ConvRelu("conv3", 64, 5, "pad: 2");
  chain.Pool("pool3", "pool: AVE kernel_size: 3 stride: 2");
  return chain.As("CIFAR-10 full");
}

KnownNet KnownAlexNet(int size, int part) { return AlexLike("AlexNet", size, part, true); }
KnownNet KnownCaffeNet(int size, int part) { return AlexLike("CaffeNet", size, part, false); }

KnownNet KnownGoogLeNet(int size, int part) {
  static constexpr Inception kStages[3][5] = {
      {{"3a", 64, 96, 128, 16, 32, 32}, {"3b", 128, 128, 192, 32, 96, 64}},
      {{"4a", 192, 96, 208, 16, 48, 64},
       {"4b", 160, 112, 224, 24, 64, 64},
       {"4c", 128, 128, 256, 24, 64, 64},
       {"4d", 112, 144, 288, 32, 64, 64},
       {"4e", 256, 160, 320, 32, 128, 128}},
      {{"5a", 256, 160, 320, 32, 128, 128}, {"5b", 384, 192, 384, 48, 128, 128}}};
  const std::string pool = "pool: MAX kernel_size: 3 stride: 2";
  Chain chain(3, size);
  chain.ConvRelu("conv1/7x7_s2", 64 / part, 7, "pad: 3 stride: 2");
  chain.Pool("pool1/3x3_s2", pool);
  chain.Plain("pool1/norm1", "LRN", kLrn);
  chain.ConvRelu("conv2/3x3_reduce", 64 / part, 1);
  chain.ConvRelu("conv2/3x3", 192 / part, 3, "pad: 1");
  chain.Plain("conv2/norm2", "LRN", kLrn);
  for (const auto& stage : kStages) {
    if (&stage == &kStages[0]) chain.Pool("pool2/3x3_s2", pool);
    if (&stage == &kStages[1]) chain.Pool("pool3/3x3_s2", pool);
    if (&stage == &kStages[2]) chain.Pool("pool4/3x3_s2", pool);
    for (const Inception& layers : stage) {
      if (layers.name != nullptr) AddInception(layers, part, &chain);
    }
  }
  chain.Pool("pool5/7x7_s1", "pool: AVE global_pooling: true");
  chain.Dropout();
  return chain.As("GoogLeNet");
}

KnownNet KnownSqueezeNet(int size, int part) {
  const std::string pool = "pool: MAX kernel_size: 3 stride: 2";
  Chain chain(3, size);
  chain.ConvRelu("conv1", 64 / part, 3, "stride: 2");
  chain.Pool("pool1", pool);
  for (const int number : {2, 3, 4, 5, 6, 7, 8, 9}) {
    if (number == 4) chain.Pool("pool3", pool);
    if (number == 6) chain.Pool("pool5", pool);
    const int64_t step = (number / 2) * 16 / part;
    AddFire(number, step, 4 * step, &chain);
  }
  chain.Dropout();
  chain.ConvRelu("conv10", 1000 / part, 1);
  chain.Pool("pool10", "pool: AVE global_pooling: true");
  return chain.As("SqueezeNet");
}

KnownNet KnownResNet18(int size, int part) {
  Chain chain(3, size);
  chain.Conv("conv1", 64 / part, 7, "pad: 3 stride: 2 bias_term: false");
  chain.Norm();
  chain.Relu();
  chain.Pool("pool1", "pool: MAX kernel_size: 3 stride: 2");
  for (const int64_t stage : {0, 1, 2, 3}) {
    const std::string name = "res" + std::to_string(stage + 2);
    const int64_t out = (int64_t{64} << stage) / part;
    AddResidual(name + "a", out, stage == 0 ? 1 : 2, &chain);
    AddResidual(name + "b", out, 1, &chain);
  }
  chain.Pool("pool5", "pool: AVE global_pooling: true");
  return chain.As("ResNet-18");
}

}  // namespace hashlens
