#include "library/jobs.h"

#include <sched.h>

#include <thread>

#include "base/try.h"
#include "model/model_package.h"

namespace hashlens {
namespace {

Result<Precision> ParsePrecision(const std::string& name) {
  if (name == "auto") return Precision::kAuto;
  if (name == "fp32") return Precision::kFp32;
  if (name == "bf16") return Precision::kBf16;
  return InvalidArgument("precision \"" + name + "\" is not one of auto, fp32, bf16");
}

}  // namespace

int JobCount(int asked) {
  if (asked > 0) return asked;
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) == 0) return CPU_COUNT(&allowed);
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

Result<FeatureMaker> LoadMaker(const ModelPackage& package, const OpenOptions& options,
                               int parallel) {
  EncoderOptions encoder;
  encoder.device = options.device.name;
  HL_ASSIGN(encoder.precision, ParsePrecision(options.device.precision));
  encoder.parallel = parallel;
  encoder.threads = JobCount(options.jobs);
  HL_ASSIGN(std::shared_ptr<Encoder> loaded, LoadEncoder(package, encoder));
  return FeatureMaker(std::move(loaded), package.input.crop_fraction, options.limits);
}

Result<FeatureMaker> LoadMaker(const Layout& layout, const LibraryMeta& meta,
                               const OpenOptions& options, int parallel) {
  HL_ASSIGN(const ModelPackage package, OpenModelPackage(layout.Model()));
  if (package.feature_digest != meta.feature_digest || package.dim != meta.dim) {
    return Corruption(Printable(layout.Model()) +
                      ": not the model that the catalog names; restore the library from a copy");
  }
  return LoadMaker(package, options, parallel);
}

}  // namespace hashlens
