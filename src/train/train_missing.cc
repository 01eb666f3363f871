// The public functions of training, in a build without libtorch.
#include "hashlens/train.h"

namespace hashlens {
namespace {

Status NoLibtorch() {
  return Unsupported(
      "this program was built without libtorch and cannot train: install the package "
      "hashlens-train, or run `make train` in the source folder");
}

}  // namespace

bool CanTrain() { return false; }
Result<TrainReport> Train(const TrainOptions&) { return NoLibtorch(); }
Result<SupervisedFitReport> FitSupervised(const SupervisedFitOptions&) { return NoLibtorch(); }
Result<TrainBench> BenchTrain(const TrainOptions&, int) { return NoLibtorch(); }

}  // namespace hashlens
