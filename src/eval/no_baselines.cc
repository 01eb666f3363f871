// In the place of src/eval/baselines where its libraries are not installed.
#include "eval/baselines.h"

namespace hashlens {

std::string WhyNoBaselines() {
  return "this build has no baselines: install " HASHLENS_BASELINE_PACKAGES
         " (`tools/setup.sh --baselines` does it), then configure and build again";
}

Status AddBaselines(const BaselineInput&, EvalReport*) { return InvalidArgument(WhyNoBaselines()); }

}  // namespace hashlens
