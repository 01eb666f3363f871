// Where a training run stands, as text kept in its checkpoint.
#ifndef HASHLENS_TRAIN_PROGRESS_NOTES_H_
#define HASHLENS_TRAIN_PROGRESS_NOTES_H_

#include <string>
#include <vector>

#include "train/run.h"

namespace hashlens {

struct RunPlace {
  int epoch = 0;        // complete ones
  uint64_t batch = 0;   // complete ones of the epoch under way
  uint64_t steps = 0;   // of the optimizer, in all
  uint64_t images = 0;  // shown, in all
  double seconds = 0;   // of training
  int image_size = 0;   // of the last batch
  double rate = 0;      // of the last batch
  double loss_sum = 0;  // over the epoch under way, times images
  double right_sum = 0;
  uint64_t epoch_images = 0;
  double epoch_start_seconds = 0;
  int next_size = 0;      // pixels of the next batch, settled when the one before was begun; 0: not
  double first_loss = 0;  // of the first step
  double mean_loss = 0;   // running mean over about 20 steps
};

std::string WriteNotes(const TrainOptions& options, const TrainingSet& set, const RunPlace& place,
                       const std::vector<TrainEpoch>& epochs);
// kInvalidArgument when the checkpoint is of other options or data, naming the first that differs,
// or when other pictures could be read;
// kCorruption for text that WriteNotes did not write.
Status ReadNotes(const std::string& notes, const TrainOptions& options, const TrainingSet& set,
                 RunPlace* place, std::vector<TrainEpoch>* epochs);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_PROGRESS_NOTES_H_
