// Network input to raw feature. The interface is small so that tests can stand in for a network.
#ifndef HASHLENS_MODEL_ENCODER_H_
#define HASHLENS_MODEL_ENCODER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hashlens/status.h"
#include "model/model_package.h"

namespace hashlens {

// Thread-safe: Encode may be called from several threads at once.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual int dim() const = 0;
  virtual int input_size() const = 0;
  // Of the feature, before it was flattened: {dim()}, or that of EncoderOptions::layer.
  virtual std::vector<uint64_t> shape() const { return {static_cast<uint64_t>(dim())}; }
  // The last number of every feature, where the network puts one that is the same for all pictures
  // behind them (docs/caffe.md, "The constant"); 0: it does not.
  virtual float constant() const { return 0; }
  // rgb: input_size * input_size * 3 bytes, RGB, as CropToSquare gives them.
  // feature: dim() floats, raw network output (not normalised).
  virtual Status Encode(std::span<const uint8_t> rgb, std::span<float> feature) = 0;
};

enum class Precision { kAuto, kFp32, kBf16 };

struct EncoderOptions {
  std::string device = "CPU";  // passed to OpenVINO: CPU, GPU, AUTO, ...
  int parallel = 1;  // Encode calls that may run at once; each gets threads / parallel cores
  int threads = 0;   // CPU threads in all; 0: every core that this process may use
  Precision precision = Precision::kAuto;  // auto: bf16 where the CPU is fast at it
  // A tensor or an operation of the network whose output takes the place of the feature, flattened
  // (network_layer.h). Empty: the feature.
  std::string layer = {};
};

// kInvalidArgument for a device that OpenVINO does not have here, with the list of those it has.
Status CheckDevice(const std::string& device);

// Loads the network with OpenVINO. The network's digest is checked first: kCorruption when a byte
// of it has changed. kInvalidArgument for a device that is not there, with the list of those that
// are, and for a layer that the network does not have.
Result<std::unique_ptr<Encoder>> LoadEncoder(const ModelPackage& package,
                                             const EncoderOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_ENCODER_H_
