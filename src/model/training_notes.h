// What a network file says for training: rates of weights, and where numbers are dropped. Internal
// to src/model.
#ifndef HASHLENS_MODEL_TRAINING_NOTES_H_
#define HASHLENS_MODEL_TRAINING_NOTES_H_

#include <map>
#include <openvino/openvino.hpp>
#include <string>

#include "hashlens/status.h"

namespace hashlens {

// Times the rate of learning and the weight decay.
struct WeightRates {
  double rate = 1;
  double decay = 1;
};

struct TrainingNotes {
  std::map<std::string, WeightRates> rates;  // by the name of the constant
  std::map<std::string, double> dropout;     // share, 0 to below 1, by the name of the node
};

// Kept in the file's rt_info (docs/FORMAT.md). Nothing is noted for a network without any.
void NoteForTraining(const TrainingNotes& notes, ov::Model* model);
// kCorruption for notes that NoteForTraining did not write.
Result<TrainingNotes> ReadTrainingNotes(const ov::Model& model);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_TRAINING_NOTES_H_
