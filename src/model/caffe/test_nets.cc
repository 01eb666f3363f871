#include "model/caffe/test_nets.h"

#include <cctype>
#include <cmath>
#include <sstream>

#include "caffe_net.pb.h"

namespace hashlens {
namespace {

using hashlens_caffe::BlobProto;

// InnerProduct -> INNER_PRODUCT.
std::string OldType(const std::string& type) {
  if (type == "ReLU" || type == "TanH" || type == "LRN") {
    std::string name;
    for (const char c : type) name += static_cast<char>(std::toupper(c));
    return name;
  }
  std::string name;
  for (const char c : type) {
    if (std::isupper(c) && !name.empty()) name += '_';
    name += static_cast<char>(std::toupper(c));
  }
  return name;
}

class Chance {
 public:
  explicit Chance(uint32_t seed) : state_(seed * 2654435761u + 12345u) {}
  float Uniform(float low, float high) {
    state_ = state_ * 1664525u + 1013904223u;
    return low + (high - low) * static_cast<float>(state_ >> 8) * 0x1p-24f;
  }

 private:
  uint32_t state_;
};

void FillBlob(const std::vector<int64_t>& shape, bool bias, const TestLayer& layer, CaffeForm form,
              Chance* chance, BlobProto* blob) {
  int64_t count = 1;
  for (const int64_t dim : shape) count *= dim;
  if (form == CaffeForm::kNew) {
    for (const int64_t dim : shape) blob->mutable_shape()->add_dim(dim);
  } else {
    const auto old = [&](size_t from_end) {
      return static_cast<int32_t>(shape.size() >= from_end ? shape[shape.size() - from_end] : 1);
    };
    blob->set_num(old(4));
    blob->set_channels(old(3));
    blob->set_height(old(2));
    blob->set_width(old(1));
  }
  float low = layer.low, high = layer.high;
  if (low == 0 && high == 0) {
    const auto inputs = count / shape[0];
    high = bias ? 0.5f : std::sqrt(6 / static_cast<float>(inputs));
    low = -high;
  }
  blob->mutable_data()->Reserve(static_cast<int>(count));
  for (int64_t i = 0; i < count; ++i) blob->add_data(chance->Uniform(low, high));
}

}  // namespace

std::string PrototxtOf(const TestNet& net, CaffeForm form) {
  const bool old = form == CaffeForm::kOld;
  std::ostringstream text;
  text << "name: \"test\"  # " << (old ? "before" : "since") << " 2015\n";
  if (old) {
    text << "input: \"" << net.input << "\"\ninput_dim: 10\ninput_dim: " << net.channels
         << "\ninput_dim: " << net.size << "\ninput_dim: " << net.size << "\n";
  } else {
    text << "layer {\n  name: \"input\"\n  type: \"Input\"\n  top: \"" << net.input
         << "\"\n  input_param { shape: { dim: 1 dim: " << net.channels << " dim: " << net.size
         << " dim: " << net.size << " } }\n}\n";
  }
  for (const TestLayer& layer : net.layers) {
    text << (old ? "layers {\n" : "layer {\n") << "  name: \"" << layer.name
         << "\"\n  type: " << (old ? OldType(layer.type) : "\"" + layer.type + "\"") << "\n";
    std::istringstream bottoms(layer.bottoms);
    for (std::string bottom; bottoms >> bottom;) text << "  bottom: \"" << bottom << "\"\n";
    text << "  top: \"" << layer.top << "\"\n";
    if (!layer.shapes.empty())
      text << (old ? "  blobs_lr: 1\n  weight_decay: 1\n"
                   : "  param { lr_mult: 1 decay_mult: 1 }\n");
    if (!layer.fields.empty()) text << "  " << layer.fields << "\n";
    text << "}\n";
  }
  return text.str();
}

std::string CaffeModelOf(const TestNet& net, CaffeForm form, uint32_t seed) {
  hashlens_caffe::NetParameter proto;
  Chance chance(seed);
  for (const TestLayer& layer : net.layers) {
    auto* now = form == CaffeForm::kNew ? proto.add_layer() : nullptr;
    auto* old = form == CaffeForm::kOld ? proto.add_layers() : nullptr;
    if (now) {
      now->set_name(layer.name);
      now->set_type(layer.type);
    } else {
      old->set_name(layer.name);
      hashlens_caffe::V1LayerParameter::LayerType type;
      if (hashlens_caffe::V1LayerParameter::LayerType_Parse(OldType(layer.type), &type))
        old->set_type(type);
    }
    for (size_t i = 0; i < layer.shapes.size(); ++i)
      FillBlob(layer.shapes[i], i > 0, layer, form, &chance,
               now ? now->add_blobs() : old->add_blobs());
  }
  return proto.SerializeAsString();
}

std::string MeanProto(int channels, int size, std::vector<float>* values) {
  BlobProto blob;
  blob.set_num(1);
  blob.set_channels(channels);
  blob.set_height(size);
  blob.set_width(size);
  Chance chance(77);
  for (int i = 0; i < channels * size * size; ++i) {
    values->push_back(chance.Uniform(100, 130));
    blob.add_data(values->back());
  }
  return blob.SerializeAsString();
}

TestLayer Conv(const std::string& name, const std::string& bottom, int64_t in, int64_t out,
               int64_t kernel, const std::string& more, int64_t group) {
  std::ostringstream fields;
  fields << "convolution_param { num_output: " << out << " kernel_size: " << kernel;
  if (group != 1) fields << " group: " << group;
  fields << " " << more << " }";
  return {name, "Convolution", bottom,
          name, fields.str(),  {{out, in / group, kernel, kernel}, {out}}};
}

TestLayer Inner(const std::string& name, const std::string& bottom, int64_t in, int64_t out) {
  std::ostringstream fields;
  fields << "inner_product_param { num_output: " << out
         << " weight_filler { type: \"gaussian\" std: 0.01 } }";
  return {name, "InnerProduct", bottom, name, fields.str(), {{out, in}, {out}}};
}

TestLayer Over(const std::string& name, const std::string& type, const std::string& blob,
               const std::string& fields) {
  return {name, type, blob, blob, fields, {}};
}

TestLayer Plain(const std::string& name, const std::string& type, const std::string& bottoms,
                const std::string& fields) {
  return {name, type, bottoms, name, fields, {}};
}

TestNet SmallNet(int bits) {
  TestNet net;
  net.size = 24;
  net.layers = {
      Conv("conv1", "data", 3, 8, 5, "stride: 2"),
      Over("relu1", "ReLU", "conv1"),
      Plain("pool1", "Pooling", "conv1", "pooling_param { pool: MAX kernel_size: 3 stride: 2 }"),
      Plain("norm1", "LRN", "pool1", "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }"),
      Conv("conv2", "norm1", 8, 12, 3, "pad: 1", 2),
      Over("relu2", "ReLU", "conv2"),
      Inner("fc", "conv2", 12 * 5 * 5, 40),
      Over("relu3", "ReLU", "fc"),
      Over("drop3", "Dropout", "fc", "dropout_param { dropout_ratio: 0.5 }"),
      Inner("code", "fc", 40, bits),
      Plain("code_sigmoid", "Sigmoid", "code"),
      Inner("classes", "code_sigmoid", bits, 10),
      Plain("prob", "Softmax", "classes"),
  };
  return net;
}

TestNet PublishedNet() {
  const std::string lrn = "lrn_param { local_size: 5 alpha: 0.0001 beta: 0.75 }";
  const std::string pool = "pooling_param { pool: MAX kernel_size: 3 stride: 2 }";
  TestNet net;
  net.size = 227;
  net.layers = {
      Conv("conv1", "data", 3, 96, 11, "stride: 4"),
      Over("relu1", "ReLU", "conv1"),
      Plain("pool1", "Pooling", "conv1", pool),
      Plain("norm1", "LRN", "pool1", lrn),
      Conv("conv2", "norm1", 96, 256, 5, "pad: 2", 2),
      Over("relu2", "ReLU", "conv2"),
      Plain("pool2", "Pooling", "conv2", pool),
      Plain("norm2", "LRN", "pool2", lrn),
      Conv("conv3", "norm2", 256, 384, 3, "pad: 1"),
      Over("relu3", "ReLU", "conv3"),
      Conv("conv4", "conv3", 384, 384, 3, "pad: 1", 2),
      Over("relu4", "ReLU", "conv4"),
      Conv("conv5", "conv4", 384, 256, 3, "pad: 1", 2),
      Over("relu5", "ReLU", "conv5"),
      Plain("pool5", "Pooling", "conv5", pool),
      Inner("fc6", "pool5", 9216, 4096),
      Over("relu6", "ReLU", "fc6"),
      Over("drop6", "Dropout", "fc6", "dropout_param { dropout_ratio: 0.5 }"),
      Inner("fc7", "fc6", 4096, 4096),
      Over("relu7", "ReLU", "fc7"),
      Over("drop7", "Dropout", "fc7", "dropout_param { dropout_ratio: 0.5 }"),
      Inner("fc8_kevin_encode", "fc7", 4096, 48),
      Plain("fc8_kevin_encode_sigmoid", "Sigmoid", "fc8_kevin_encode"),
      Inner("fc8_kevin_encode_128", "fc7", 4096, 128),
      Plain("fc8_kevin_encode_128_sigmoid", "Sigmoid", "fc8_kevin_encode_128"),
      Inner("fc8_pascal", "fc8_kevin_encode_sigmoid", 48, 10),
      Plain("prob", "Softmax", "fc8_pascal"),
  };
  return net;
}

}  // namespace hashlens
