// Pooling, as Caffe places and divides its windows.
#include <algorithm>

#include "base/try.h"
#include "model/caffe/layers.h"
#include "model/caffe/window.h"

namespace hashlens {
namespace {

namespace op = ov::opset8;
using hashlens_caffe::PoolingParameter;

// How many windows there are in one direction, of `size` pixels, and how far beyond the padding at
// the end the last one reaches.
struct Places {
  int64_t count = 0;
  int64_t beyond = 0;  // pixels that the end needs in addition to Window::pad; below 0: that many
                       // of the padding no window reaches
};

// Caffe rounds the number up; with any padding, a last window that would start in the padding at
// the end is left out. Without padding, and a stride over the kernel, it would lie outside:
// kCorruption.
Result<Places> Place(const LayerContext& context, const Window& window, int64_t size,
                     bool any_padding) {
  const bool floor = context.layer.param.pooling_param().round_mode() == PoolingParameter::FLOOR;
  const int64_t room = size + 2 * window.pad - window.kernel;
  Places places;
  places.count = (floor ? room : room + window.stride - 1) / window.stride + 1;
  if (any_padding && (places.count - 1) * window.stride >= size + window.pad) --places.count;
  if ((places.count - 1) * window.stride >= size + window.pad)
    return context.NotSupported("its last window lies outside of the picture");
  places.beyond = (places.count - 1) * window.stride + window.kernel - size - 2 * window.pad;
  return places;
}

// For each window, kernel / (pixels that Caffe divides by): those of the window that lie in the
// picture or its padding, but not beyond.
std::vector<float> Shares(const Window& window, const Places& places, int64_t size) {
  std::vector<float> shares;
  for (int64_t i = 0; i < places.count; ++i) {
    const int64_t start = i * window.stride - window.pad;
    const int64_t end = std::min(start + window.kernel, size + window.pad);
    shares.push_back(static_cast<float>(window.kernel) / static_cast<float>(end - start));
  }
  return shares;
}

}  // namespace

Result<OvNode> BuildPooling(const LayerContext& context) {
  HL_TRY(context.ExpectPicture());
  HL_TRY(context.ExpectBlobs(0));
  const auto method = context.layer.param.pooling_param().pool();
  if (method == PoolingParameter::STOCHASTIC)
    return context.NotSupported("stochastic pooling; MAX and AVE are taken");
  HL_ASSIGN(const Windows windows, PoolingWindows(context));
  const Dims shape = context.Shape();
  const bool any_padding = windows[0].pad > 0 || windows[1].pad > 0;

  ov::Strides strides;
  ov::Shape kernel, pads_begin, pads_end;
  std::array<Places, 2> places;
  for (size_t i = 0; i < 2; ++i) {
    const Window& window = windows[i];
    HL_ASSIGN(places[i], Place(context, window, shape[i + 2], any_padding));
    strides.push_back(static_cast<size_t>(window.stride));
    kernel.push_back(static_cast<size_t>(window.kernel));
    pads_begin.push_back(static_cast<size_t>(window.pad));
    pads_end.push_back(static_cast<size_t>(std::max<int64_t>(0, window.pad + places[i].beyond)));
  }
  if (method == PoolingParameter::MAX) {
    return OvNode(std::make_shared<ov::op::v1::MaxPool>(context.bottoms[0], strides, pads_begin,
                                                        pads_end, kernel));
  }
  OvNode mean = std::make_shared<op::AvgPool>(context.bottoms[0], strides, pads_begin, pads_end,
                                              kernel, /*exclude_pad=*/false);
  // One direction after the other: a factor for each window would take as much memory as a picture.
  for (size_t i = 0; i < 2; ++i) {
    const std::vector<float> factors = Shares(windows[i], places[i], shape[i + 2]);
    if (std::ranges::all_of(factors, [](float factor) { return factor == 1; })) continue;
    ov::Shape along(4, 1);
    along[i + 2] = factors.size();
    mean = std::make_shared<op::Multiply>(mean, FloatConstant(along, factors));
  }
  return mean;
}

}  // namespace hashlens
