#include "train/progress_notes.h"

#include <nlohmann/json.hpp>

#include "base/sha256.h"

namespace hashlens {
namespace {

using Json = nlohmann::json;

// Everything that a run's result depends on. Option names as on the command line.
Json Conditions(const TrainOptions& options, const TrainingSet& set) {
  Sha256 pictures;
  for (size_t i = 0; i < set.labels.size(); ++i) {
    std::string line = set.store->path(i).native();
    for (const int label : set.labels[i]) line += " " + std::to_string(label);
    pictures.Update(AsBytes(line + '\n'));
  }
  return {{"data", pictures.Hex()},
          {"--bits", options.bits},
          {"--loss", options.loss},
          {"--freeze", options.freeze},
          {"--image-size", options.image_sizes},
          {"--input-size", options.input_size},
          {"--epochs", options.epochs},
          {"--time-budget", options.budget_seconds},
          {"--batch", options.batch},
          {"--optimizer", options.optimizer},
          {"--schedule", options.schedule},
          {"--rate", options.rate},
          {"--weight-decay", options.weight_decay},
          {"--label-smoothing", options.label_smoothing},
          {"--min-area", options.min_area},
          {"--no-flip", !options.flip},
          {"--erase", options.erase},
          {"--holdout", options.holdout},
          {"--seed", options.seed},
          {"--backbone", options.backbone.native()}};
}

}  // namespace

std::string WriteNotes(const TrainOptions& options, const TrainingSet& set, const RunPlace& place,
                       const std::vector<TrainEpoch>& epochs) {
  Json past = Json::array();
  for (const TrainEpoch& e : epochs) {
    past.push_back({e.epoch, e.image_size, e.rate, e.loss, e.accuracy, e.held_out_accuracy,
                    e.images_per_second, e.seconds});
  }
  const Json json = {{"conditions", Conditions(options, set)},
                     {"epochs", past},
                     {"place",
                      {place.epoch, place.batch, place.steps, place.images, place.seconds,
                       place.image_size, place.rate, place.loss_sum, place.right_sum,
                       place.epoch_images, place.epoch_start_seconds}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status ReadNotes(const std::string& notes, const TrainOptions& options, const TrainingSet& set,
                 RunPlace* place, std::vector<TrainEpoch>* epochs) {
  try {
    const Json json = Json::parse(notes);
    const Json now =
        Json::parse(Conditions(options, set).dump(-1, ' ', false, Json::error_handler_t::replace));
    for (const auto& [name, value] : now.items()) {
      if (json.at("conditions").at(name) == value) continue;
      if (name == "data") {
        return InvalidArgument(
            "the checkpoint is of other pictures or labels; resume with those, or remove " +
            Printable(WorkFolder(options)));
      }
      return InvalidArgument("the checkpoint was made with " + name + " " +
                             json.at("conditions").at(name).dump() + ", not " + value.dump() +
                             "; resume with the same, or remove " + Printable(WorkFolder(options)));
    }
    epochs->clear();
    for (const Json& e : json.at("epochs")) {
      epochs->push_back({e.at(0), e.at(1), e.at(2), e.at(3), e.at(4), e.at(5), e.at(6), e.at(7)});
    }
    const Json& p = json.at("place");
    *place = {p.at(0), p.at(1), p.at(2), p.at(3), p.at(4), p.at(5),
              p.at(6), p.at(7), p.at(8), p.at(9), p.at(10)};
  } catch (const Json::exception&) {
    return Corruption(Printable(CheckpointFile(options)) + ": notes that make no sense");
  }
  return {};
}

}  // namespace hashlens
