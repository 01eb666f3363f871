// In the place of src/eval/descriptors where OpenCV is not installed.
#include "eval/descriptors.h"

namespace hashlens {

Status AddDescriptors(const BaselineInput&, const PictureInput&, EvalReport* report) {
  report->notes.emplace_back(
      "HSV histogram, GIST and SIFT words are not in this build: install libopencv-imgproc-dev and "
      "libopencv-features2d-dev (tools/setup.sh --baselines does), then configure and build again");
  return {};
}

}  // namespace hashlens
