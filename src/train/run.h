// One training run: batches, steps, checkpoints, until the schedule is done.
#ifndef HASHLENS_TRAIN_RUN_H_
#define HASHLENS_TRAIN_RUN_H_

#include <memory>
#include <string>
#include <vector>

#include "data/labelled_set.h"
#include "hashlens/train.h"
#include "train/learner.h"
#include "train/picture_store.h"

namespace hashlens {

// What a run works on. A value; `store` may be shared.
struct TrainingSet {
  std::vector<std::string> classes;
  std::shared_ptr<const PictureStore> store;
  std::vector<std::vector<int>> labels;  // of every picture in the store
  std::vector<size_t> trained;           // pictures of the store that are learned from
  std::vector<size_t> held_out;
  bool multi_label = false;
};

// Reads the data and splits it. Pictures that cannot be read are left out and listed in
// report->unreadable; over a tenth of them is an error.
Result<TrainingSet> ReadTrainingSet(const TrainOptions& options, TrainReport* report);

// The options with every default filled in. kInvalidArgument names the option that makes no sense;
// errors of FindBackbone (backbone.h).
Result<TrainOptions> CheckedOptions(TrainOptions options);

// dim: of the network's feature.
LearnerOptions LearnerOptionsOf(const TrainOptions& options, const TrainingSet& set, int dim,
                                torch::Device device);
// kInvalidArgument for a device that is not there.
Result<torch::Device> FindDevice(const std::string& name);

// A learner for the set, starting from the backbone; errors of MakeNetwork (backbone.h). Sets
// libtorch's threads and the process's allocator up.
Result<std::unique_ptr<Learner>> MakeLearner(const TrainOptions& options, const TrainingSet& set);

// Trains until the schedule is done or a stop is asked for (report->interrupted). Fills in
// report->epochs and train_seconds. At the end the learner has its averaged weights in place.
Status RunTraining(const TrainOptions& options, const TrainingSet& set, Learner* learner,
                   TrainReport* report);

// Threads that make batches. Half of the cores are plenty: resampling takes little beside the
// network.
int LoaderThreads(const TrainOptions& options);

// The folder of a run's checkpoint, and the checkpoint.
inline constexpr char kCheckpointName[] = "checkpoint";
// In it: a network that begins with random weights, made of a .prototxt.
inline constexpr char kBackboneName[] = "backbone";
Path WorkFolder(const TrainOptions& options);
Path CheckpointFile(const TrainOptions& options);

// OUTPUT, or OUTPUT-BITS when there are several lengths.
Path PackagePath(const TrainOptions& options, int bits);

// Writes the packages of a learner whose averaged weights are in place.
Status FinishTraining(const TrainOptions& options, const TrainingSet& set, Learner* learner,
                      TrainReport* report);

// See BenchTrain.
Result<TrainBench> MeasureTraining(const TrainOptions& options, int steps);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_RUN_H_
