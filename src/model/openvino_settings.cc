#include "model/openvino_settings.h"

#include <algorithm>

#include "base/cores.h"

namespace hashlens {

std::string_view FirstName(std::string_view device) {
  return device.substr(0, device.find_first_of(".:"));
}

ov::AnyMap CompileSettings(const EncoderOptions& options) {
  ov::AnyMap settings;
  if (options.precision == Precision::kFp32) {
    settings.emplace(ov::hint::inference_precision(ov::element::f32));
  } else if (options.precision == Precision::kBf16) {
    settings.emplace(ov::hint::inference_precision(ov::element::bf16));
  }
  if (FirstName(options.device) == "CPU") {
    const int threads =
        std::max(options.threads == 0 ? UsableCores() : options.threads, options.parallel);
    settings.emplace(ov::num_streams(options.parallel));
    settings.emplace(ov::inference_num_threads(threads));
    // Pinned threads of two processes, or of two encoders, would share cores that others leave
    // idle.
    settings.emplace(ov::hint::enable_cpu_pinning(false));
  }
  return settings;
}

}  // namespace hashlens
