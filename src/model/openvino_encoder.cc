// Encoder by OpenVINO, whose exceptions become Status here.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <openvino/openvino.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/bounded_queue.h"
#include "base/cores.h"
#include "base/try.h"
#include "model/encoder.h"
#include "model/network_layer.h"
#include "model/openvino_errors.h"
#include "model/openvino_settings.h"
#include "model/package_files.h"
#include "model/read_network.h"

namespace hashlens {
namespace {

constexpr int kMaxParallel = 256;
constexpr int kMaxThreads = 1024;

// One for the process: it holds the plugins. May throw at the first call.
ov::Core& SharedCore() {
  static ov::Core core;
  return core;
}

Status RequireDevice(ov::Core& core, const std::string& device) {
  constexpr std::string_view kChoosers[] = {"AUTO", "MULTI", "HETERO", "BATCH"};
  if (std::ranges::find(kChoosers, FirstName(device)) != std::end(kChoosers)) return {};
  std::string list;
  for (const std::string& known : core.get_available_devices()) {
    if (device == known || device == FirstName(known)) return {};
    list += (list.empty() ? "" : ", ") + known;
  }
  // The list leaves out a device whose plugin the system did not let start.
  if (device == "CPU") {
    HL_TRY(CheckThreadsCanStart());
    return GuardOpenVino(StatusCode::kIoError, "starting OpenVINO's device CPU", [&]() -> Status {
      core.get_property("CPU", ov::device::full_name);
      return IoError(
          "OpenVINO's device CPU did not start; too few threads may be allowed "
          "(ulimit -u, or pids.max of the container)");
    });
  }
  return InvalidArgument("no device \"" + Printable(std::string_view(device)) +
                         "\" here; available: " + (list.empty() ? "none" : list));
}

// The number that the network puts behind its feature [1,N], as caffe/import.cc has it do; 0: none.
float ConstantBehind(const ov::Model& model) {
  const auto result = model.output().get_node_shared_ptr();
  const auto pad = ov::as_type_ptr<ov::op::v1::Pad>(result->get_input_node_shared_ptr(0));
  if (!pad || pad->get_pad_mode() != ov::op::PadMode::CONSTANT) return 0;
  if (pad->get_pads_begin() != ov::CoordinateDiff{0, 0}) return 0;
  if (pad->get_pads_end() != ov::CoordinateDiff{0, 1} || pad->get_input_size() < 4) return 0;
  const auto value = ov::as_type_ptr<ov::op::v0::Constant>(pad->get_input_node_shared_ptr(3));
  if (!value || ov::shape_size(value->get_shape()) != 1) return 0;
  const float constant = value->cast_vector<float>().front();
  return std::isnormal(constant) && constant > 0 ? constant : 0;
}

// A network, and what its file tells of it.
struct PreparedNetwork {
  std::shared_ptr<ov::Model> model;
  float constant = 0;  // Encoder::constant
};

// The network of the package for one picture: RGB8 [1,S,S,3] in, float32 [1,dim] out, or what
// `layer` gives.
Result<PreparedNetwork> PrepareNetwork(ov::Core& core, const ModelPackage& package,
                                       const NetworkBytes& bytes, const std::string& layer) {
  std::shared_ptr<ov::Model> model = ReadNetworkModel(&core, bytes);

  const std::string name = Printable(package.folder / kNetworkXml);
  if (model->inputs().size() != 1 || model->outputs().size() != 1) {
    return InvalidArgument(name + ": not a network with one input and one output");
  }
  const auto side = static_cast<ov::Dimension::value_type>(package.input.size);
  const ov::PartialShape wanted{1, 3, side, side};
  if (!model->input().get_partial_shape().compatible(wanted)) {
    return InvalidArgument(name + ": the input is not " + wanted.to_string());
  }
  model->reshape(wanted);
  const float constant = layer.empty() ? ConstantBehind(*model) : 0;
  if (!layer.empty()) {
    HL_ASSIGN(model, CutAtLayer(model, layer));
  }

  ov::preprocess::PrePostProcessor steps(model);
  const auto vector = [](const std::array<float, 3>& a) {
    return std::vector<float>{a[0], a[1], a[2]};
  };
  steps.input().tensor().set_element_type(ov::element::u8).set_layout("NHWC");
  steps.input().model().set_layout("NCHW");
  steps.input()
      .preprocess()
      .convert_element_type(ov::element::f32)
      .mean(vector(package.input.mean))
      .scale(vector(package.input.scale));
  steps.output().tensor().set_element_type(ov::element::f32);
  model = steps.build();

  const ov::PartialShape feature{1, package.dim};
  if (layer.empty() && model->output().get_partial_shape() != feature) {
    return InvalidArgument(name + ": the output is " +
                           model->output().get_partial_shape().to_string() +
                           ", but model.json says " + feature.to_string());
  }
  return PreparedNetwork{std::move(model), constant};
}

class OpenVinoEncoder : public Encoder {
 public:
  // compiled: of a static output shape.
  OpenVinoEncoder(const ModelPackage& package, ov::CompiledModel compiled, float constant,
                  int parallel)
      : shape_(compiled.output().get_shape()),
        dim_(static_cast<int>(ov::shape_size(shape_))),
        input_size_(package.input.size),
        constant_(constant),
        compiled_(std::move(compiled)),
        free_(static_cast<size_t>(parallel)) {
    for (int i = 0; i < parallel; ++i) requests_.push_back(compiled_.create_infer_request());
    for (ov::InferRequest& request : requests_) free_.Push(&request);
  }

  int dim() const override { return dim_; }
  int input_size() const override { return input_size_; }
  float constant() const override { return constant_; }
  std::vector<uint64_t> shape() const override {
    const bool one = shape_.size() > 1 && shape_.front() == 1;  // one picture
    return {shape_.begin() + (one ? 1 : 0), shape_.end()};
  }

  Status Encode(std::span<const uint8_t> rgb, std::span<float> feature) override {
    const size_t side = static_cast<size_t>(input_size_);
    if (rgb.size() != side * side * 3 || feature.size() != static_cast<size_t>(dim_)) {
      return InvalidArgument("encoder: the picture or the feature has the wrong size");
    }
    const Lease lease(&free_);
    return GuardOpenVino(StatusCode::kIoError, "running the network", [&]() -> Status {
      std::memcpy(lease.request->get_input_tensor().data<uint8_t>(), rgb.data(), rgb.size());
      lease.request->infer();
      std::memcpy(feature.data(), lease.request->get_output_tensor().data<const float>(),
                  feature.size_bytes());
      return {};
    });
  }

 private:
  using Free = BoundedQueue<ov::InferRequest*>;

  // A request while one call uses it; waits for one to be free.
  struct Lease {
    explicit Lease(Free* queue) : free(queue), request(*queue->Pop()) {}
    ~Lease() { free->Push(request); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Free* free;
    ov::InferRequest* request;
  };

  const ov::Shape shape_;
  const int dim_;
  const int input_size_;
  const float constant_;
  ov::CompiledModel compiled_;
  std::vector<ov::InferRequest> requests_;
  Free free_;
};

}  // namespace

Status CheckDevice(const std::string& device) {
  return GuardOpenVino(StatusCode::kUnsupported, "looking for devices",
                       [&]() -> Status { return RequireDevice(SharedCore(), device); });
}

Result<std::unique_ptr<Encoder>> LoadEncoder(const ModelPackage& package,
                                             const EncoderOptions& options) {
  if (options.parallel < 1 || options.parallel > kMaxParallel || options.threads < 0 ||
      options.threads > kMaxThreads) {
    return InvalidArgument("encoder: parallel must be 1 to " + std::to_string(kMaxParallel) +
                           " and threads 0 to " + std::to_string(kMaxThreads));
  }
  const auto load = [&]() -> Result<std::unique_ptr<Encoder>> {
    ov::Core& core = SharedCore();
    HL_TRY(RequireDevice(core, options.device));
    HL_ASSIGN(const NetworkBytes bytes, ReadNetwork(package));
    HL_ASSIGN(const PreparedNetwork network, PrepareNetwork(core, package, bytes, options.layer));
    ov::CompiledModel compiled =
        core.compile_model(network.model, options.device, CompileSettings(options));
    return std::unique_ptr<Encoder>(std::make_unique<OpenVinoEncoder>(
        package, std::move(compiled), network.constant, options.parallel));
  };
  // The bytes are the ones that were packaged, so what fails here is beyond this OpenVINO or
  // device.
  return GuardOpenVino(StatusCode::kUnsupported,
                       "loading the network of " + Printable(package.folder), load);
}

}  // namespace hashlens
