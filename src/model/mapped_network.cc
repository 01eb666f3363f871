#include "model/mapped_network.h"

#include <memory>
#include <openvino/openvino.hpp>
#include <openvino/opsets/opset8.hpp>
#include <string>

#include "base/try.h"
#include "model/openvino_errors.h"
#include "model/read_network.h"

namespace hashlens {
namespace ops = ov::opset8;

Status WriteMappedNetwork(const ModelPackage& package, const std::vector<float>& matrix,
                          const Path& xml) {
  HL_ASSIGN(const NetworkBytes bytes, ReadNetwork(package));
  return GuardOpenVino(
      StatusCode::kUnsupported, "changing the network of " + Printable(package.folder),
      [&]() -> Status {
        ov::Core core;
        const std::shared_ptr<ov::Model> model = ReadNetworkModel(&core, bytes);
        const auto dim = static_cast<size_t>(package.dim);
        const auto map =
            ops::Constant::create(ov::element::f32, {matrix.size() / dim, dim}, matrix);
        const ov::Output<ov::Node> feature = model->output().get_node()->input_value(0);
        const auto mapped = std::make_shared<ops::MatMul>(feature, map, false, true);
        mapped->set_friendly_name("mapped_feature");
        const auto result = std::make_shared<ops::Result>(mapped);
        const auto changed = std::make_shared<ov::Model>(ov::ResultVector{result},
                                                         model->get_parameters(), "mapped");
        ov::save_model(changed, xml.native(), /*compress_to_fp16=*/false);
        return {};
      });
}

}  // namespace hashlens
