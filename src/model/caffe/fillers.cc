#include "model/caffe/fillers.h"

#include <cmath>

#include "base/try.h"
#include "model/caffe/window.h"

namespace hashlens {
namespace {

using hashlens_caffe::FillerParameter;

constexpr double kPReluSlope = 0.25;  // Caffe's, and He et al. 2015

// A blob that is to be filled: its shape and the filler that the prototxt gives, if any.
struct Wanted {
  Dims shape;
  const FillerParameter* filler = nullptr;
  const char* otherwise = "constant";  // the filler where none is given
  double value = 0;                    // of that constant
};

// The number of inputs, of outputs, or their mean, as Caffe counts them.
double Fan(const FillerParameter& filler, const Dims& shape) {
  const double count = static_cast<double>(CountOf(shape));
  const double in = count / static_cast<double>(shape[0]);
  const double out = shape.size() > 1 ? count / static_cast<double>(shape[1]) : count;
  switch (filler.variance_norm()) {
    case FillerParameter::FAN_OUT:
      return out;
    case FillerParameter::AVERAGE:
      return (in + out) / 2;
    default:
      return in;
  }
}

Result<std::vector<float>> Values(const LayerContext& context, const Wanted& wanted,
                                  FillerRandom* random) {
  static const FillerParameter kNone;
  const FillerParameter& filler = wanted.filler != nullptr ? *wanted.filler : kNone;
  const std::string type = wanted.filler == nullptr ? wanted.otherwise
                           : filler.has_type()      ? filler.type()
                                                    : "constant";
  const int64_t count = CountOf(wanted.shape);
  if (count < 0 || !random->MayDraw(count))
    return context.NotSupported("needs more weights than a package holds");
  std::vector<float> values(static_cast<size_t>(count));
  const auto fill = [&](const auto& next) {
    for (float& value : values) value = static_cast<float>(next());
  };
  if (type == "constant") {
    const double value = wanted.filler == nullptr ? wanted.value : double{filler.value()};
    fill([&] { return value; });
  } else if (type == "uniform") {
    const double high = filler.has_max() ? double{filler.max()} : 1;
    fill([&] { return random->Uniform(double{filler.min()}, high); });
  } else if (type == "gaussian") {
    if (filler.sparse() > 0) return context.NotSupported("a sparse filler");
    const double deviation = filler.has_std() ? double{filler.std()} : 1;
    fill([&] { return double{filler.mean()} + deviation * random->Normal(); });
  } else if (type == "xavier") {
    const double limit = std::sqrt(3 / Fan(filler, wanted.shape));
    fill([&] { return random->Uniform(-limit, limit); });
  } else if (type == "msra") {
    const double deviation = std::sqrt(2 / Fan(filler, wanted.shape));
    fill([&] { return deviation * random->Normal(); });
  } else {
    return context.NotSupported("a filler of type \"" + Printable(std::string_view(type)) +
                                "\"; constant, uniform, gaussian, xavier and msra are taken");
  }
  return values;
}

template <typename Param>
Wanted Matrix(const Dims& shape, const Param& param) {
  Wanted wanted{shape, nullptr, "xavier", 0};
  if (param.has_weight_filler()) wanted.filler = &param.weight_filler();
  return wanted;
}

template <typename Param>
Wanted Bias(int64_t count, const Param& param) {
  Wanted wanted{{count}, nullptr, "constant", 0};
  if (param.has_bias_filler()) wanted.filler = &param.bias_filler();
  return wanted;
}

Result<std::vector<Wanted>> ConvolutionBlobs(const LayerContext& context) {
  HL_TRY(context.ExpectPicture());
  const auto& param = context.layer.param.convolution_param();
  HL_ASSIGN(const Windows windows, ConvolutionWindows(context));
  const int64_t group = param.group();
  if (group < 1 || param.num_output() < 1) return context.Bad("no groups or no outputs");
  std::vector<Wanted> wanted = {Matrix({int64_t{param.num_output()}, context.Shape()[1] / group,
                                        windows[0].kernel, windows[1].kernel},
                                       param)};
  if (param.bias_term()) wanted.push_back(Bias(param.num_output(), param));
  return wanted;
}

Result<std::vector<Wanted>> InnerProductBlobs(const LayerContext& context) {
  const auto& param = context.layer.param.inner_product_param();
  const int64_t in = CountOf(context.Shape());
  const int64_t out = param.num_output();
  if (in < 1 || out < 1) return context.Bad("no inputs or no outputs");
  std::vector<Wanted> wanted = {Matrix(param.transpose() ? Dims{in, out} : Dims{out, in}, param)};
  if (param.bias_term()) wanted.push_back(Bias(out, param));
  return wanted;
}

Result<std::vector<Wanted>> ScaleBlobs(const LayerContext& context) {
  const auto& param = context.layer.param.scale_param();
  const Dims shape = context.Shape();
  HL_ASSIGN(const size_t axis, context.Axis(param.axis()));
  const auto rest = static_cast<int64_t>(shape.size() - axis);
  const int64_t axes = param.num_axes() == -1 ? rest : param.num_axes();
  if (axes < 0 || axes > rest) return context.Bad("more axes than the bottom has");
  const auto first = shape.begin() + static_cast<std::ptrdiff_t>(axis);
  const Dims dims(first, first + axes);
  std::vector<Wanted> wanted;
  if (context.bottoms.size() == 1) {
    wanted.push_back({dims, param.has_filler() ? &param.filler() : nullptr, "constant", 1});
  }
  if (param.bias_term())
    wanted.push_back(
        {dims, param.has_bias_filler() ? &param.bias_filler() : nullptr, "constant", 0});
  return wanted;
}

Result<std::vector<Wanted>> BlobsOf(const LayerContext& context) {
  const auto& param = context.layer.param;
  if (context.bottoms.empty()) return std::vector<Wanted>();
  const Dims shape = context.Shape();
  if (param.type() == "Convolution") return ConvolutionBlobs(context);
  if (param.type() == "InnerProduct") return InnerProductBlobs(context);
  if (param.type() == "Scale") return ScaleBlobs(context);
  if (shape.size() > 1 && param.type() == "BatchNorm") {
    return std::vector<Wanted>{{{shape[1]}, nullptr, "constant", 0},
                               {{shape[1]}, nullptr, "constant", 1},
                               {{1}, nullptr, "constant", 1}};
  }
  if (shape.size() > 1 && param.type() == "PReLU") {
    const auto& prelu = param.prelu_param();
    return std::vector<Wanted>{{{prelu.channel_shared() ? 1 : shape[1]},
                                prelu.has_filler() ? &prelu.filler() : nullptr,
                                "constant",
                                kPReluSlope}};
  }
  return std::vector<Wanted>();
}

}  // namespace

bool FillerRandom::MayDraw(int64_t count) {
  if (count > left_) return false;
  left_ -= count;
  return true;
}

Result<DrawnBlobs> DrawBlobs(const LayerContext& context, FillerRandom* random) {
  HL_ASSIGN(const std::vector<Wanted> wanted, BlobsOf(context));
  DrawnBlobs drawn;
  for (const Wanted& blob : wanted) {
    HL_ASSIGN(const std::vector<float> values, Values(context, blob, random));
    hashlens_caffe::BlobProto proto;
    for (const int64_t dim : blob.shape) proto.mutable_shape()->add_dim(dim);
    proto.mutable_data()->Assign(values.begin(), values.end());
    drawn.bytes.push_back(proto.SerializeAsString());
  }
  for (const std::string& bytes : drawn.bytes) {
    HL_ASSIGN(CaffeBlob blob, ParseBlob(AsBytes(bytes)));
    drawn.blobs.push_back(std::move(blob));
  }
  return drawn;
}

}  // namespace hashlens
