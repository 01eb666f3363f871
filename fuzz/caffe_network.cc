// Caffe networks from prototxt and weights to nodes of OpenVINO (model/caffe/network.h). The input
// is the prototxt, a zero byte, and the caffemodel.
#include <algorithm>

#include "fuzz/input.h"
#include "fuzz/target.h"
#include "model/caffe/network.h"
#include "model/openvino_errors.h"

namespace hashlens {
namespace {

void CheckMessage(const Status& status) {
  Require(status.ok() || !status.message().empty(), "a failure has a message");
  Require(status.message().find('\n') == std::string::npos, "a message is one line");
}

// The same as a prototxt to be trained from random weights, up to drawing them.
void CheckTraining(const std::string& prototxt) {
  const auto net = ParsePrototxt(prototxt, "net", {true, 16});
  CheckMessage(net.status());
  if (!net.ok()) return;
  const auto feature = FeatureForTraining(*net);
  CheckMessage(feature.status());
  if (feature.ok()) CheckMessage(SelectCaffeLayers(*net, *feature, "").status());
}

void FuzzCaffeNetwork(ByteSpan input) {
  const auto zero = std::ranges::find(input, std::byte{0});
  const auto prototxt_bytes = static_cast<size_t>(zero - input.begin());
  const std::string prototxt(TextOfInput(input.first(prototxt_bytes)));
  const ByteSpan model = input.subspan(std::min(prototxt_bytes + 1, input.size()));
  CheckTraining(prototxt);
  const auto net = ParsePrototxt(prototxt, "net");
  CheckMessage(net.status());
  if (!net.ok()) return;
  const auto weights = ParseCaffeModel(model);
  const CaffeBlobs blobs = weights.ok() ? *weights : CaffeBlobs();
  // Once with a code after a hidden layer, and once with the last layer as the feature.
  std::string last = net->layers.empty() ? "" : net->layers.back().param.name();
  for (const auto& [feature, hash] :
       {std::pair{std::string(), std::string("code")}, std::pair{std::move(last), std::string()}}) {
    const auto selection = SelectCaffeLayers(*net, feature, hash);
    CheckMessage(selection.status());
    if (!selection.ok()) continue;
    const Status built = GuardOpenVino(StatusCode::kIoError, "building", [&]() -> Status {
      return BuildCaffeGraph(*net, *selection, blobs, {}).status();
    });
    CheckMessage(built);
    Require(built.code() != StatusCode::kIoError, "OpenVINO throws nothing outside of layers");
  }
}

const FuzzTarget kCaffeNetwork("caffe_network", FuzzCaffeNetwork);

}  // namespace
}  // namespace hashlens
