#include "model/caffe/upgrade.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace hashlens {
namespace {

using hashlens_caffe::LayerParameter;
using hashlens_caffe::NetStateRule;
using hashlens_caffe::V1LayerParameter;

// INNER_PRODUCT -> InnerProduct, but for the names that are written otherwise.
std::string TypeName(V1LayerParameter::LayerType type) {
  switch (type) {
    case V1LayerParameter::RELU:
      return "ReLU";
    case V1LayerParameter::TANH:
      return "TanH";
    case V1LayerParameter::ABSVAL:
      return "AbsVal";
    case V1LayerParameter::LRN:
    case V1LayerParameter::MVN:
    case V1LayerParameter::BNLL:
      return V1LayerParameter::LayerType_Name(type);
    case V1LayerParameter::SOFTMAX_LOSS:
      return "SoftmaxWithLoss";
    default:
      break;
  }
  std::string name;
  bool start = true;
  for (const char c : V1LayerParameter::LayerType_Name(type)) {
    if (c != '_')
      name += start ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    start = c == '_';
  }
  return name;
}

bool Meets(const NetStateRule& rule) {
  return (!rule.has_phase() || rule.phase() == hashlens_caffe::TEST) && rule.min_level() <= 0 &&
         rule.max_level() >= 0 && rule.stage().empty();
}

}  // namespace

LayerParameter UpgradeCaffeLayer(const V1LayerParameter& old) {
  LayerParameter layer;
  layer.set_name(old.name());
  layer.set_type(TypeName(old.type()));
  *layer.mutable_bottom() = old.bottom();
  *layer.mutable_top() = old.top();
  *layer.mutable_include() = old.include();
  *layer.mutable_exclude() = old.exclude();
  for (const std::string& shared : old.param()) layer.add_param()->set_name(shared);
  const int rates = std::max(old.blobs_lr_size(), old.weight_decay_size());
  while (layer.param_size() < rates) layer.add_param();
  for (int i = 0; i < old.blobs_lr_size(); ++i)
    layer.mutable_param(i)->set_lr_mult(old.blobs_lr(i));
  for (int i = 0; i < old.weight_decay_size(); ++i)
    layer.mutable_param(i)->set_decay_mult(old.weight_decay(i));
  if (old.has_transform_param()) *layer.mutable_transform_param() = old.transform_param();
  if (old.has_image_data_param()) *layer.mutable_image_data_param() = old.image_data_param();
  if (old.has_concat_param()) *layer.mutable_concat_param() = old.concat_param();
  if (old.has_convolution_param()) *layer.mutable_convolution_param() = old.convolution_param();
  if (old.has_dropout_param()) *layer.mutable_dropout_param() = old.dropout_param();
  if (old.has_inner_product_param())
    *layer.mutable_inner_product_param() = old.inner_product_param();
  if (old.has_lrn_param()) *layer.mutable_lrn_param() = old.lrn_param();
  if (old.has_pooling_param()) *layer.mutable_pooling_param() = old.pooling_param();
  if (old.has_eltwise_param()) *layer.mutable_eltwise_param() = old.eltwise_param();
  if (old.has_relu_param()) *layer.mutable_relu_param() = old.relu_param();
  if (old.has_softmax_param()) *layer.mutable_softmax_param() = old.softmax_param();
  return layer;
}

bool IsInTestPhase(const LayerParameter& layer) {
  if (layer.has_phase() && layer.phase() != hashlens_caffe::TEST) return false;
  if (!layer.include().empty()) return std::ranges::any_of(layer.include(), Meets);
  return std::ranges::none_of(layer.exclude(), Meets);
}

}  // namespace hashlens
