// The public functions of training, in a build without libtorch.
#include "hashlens/train.h"

namespace hashlens {
namespace {

Status NoLibtorch() {
  return Unsupported(
      "this hashlens cannot train: it was built without libtorch; install the package "
      "hashlens-train, or libtorch-dev (tools/setup.sh does) and build it again");
}

}  // namespace

bool CanTrain() { return false; }
Result<TrainReport> Train(const TrainOptions&) { return NoLibtorch(); }
Result<SupervisedFitReport> FitSupervised(const SupervisedFitOptions&) { return NoLibtorch(); }
Result<TrainBench> BenchTrain(const TrainOptions&, int) { return NoLibtorch(); }

}  // namespace hashlens
