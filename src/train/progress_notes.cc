#include "train/progress_notes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/sha256.h"
#include "base/try.h"

namespace hashlens {
namespace {

using Json = nlohmann::json;

// However the path was spelled.
Path Canonical(const Path& path) {
  std::error_code error;
  Path canonical = std::filesystem::weakly_canonical(path, error);
  return error ? path : canonical;
}

// Everything that a run's result depends on. Option names as on the command line.
Json Conditions(const TrainOptions& options, const TrainingSet& set) {
  Sha256 pictures;
  std::map<Path, Path> folders;  // as they are spelled, and what they are
  for (size_t i = 0; i < set.labels.size(); ++i) {
    const Path& path = set.store->path(i);
    const auto [folder, first] = folders.try_emplace(path.parent_path());
    if (first) folder->second = Canonical(folder->first);
    std::string line = (folder->second / path.filename()).native();
    for (const int label : set.labels[i]) {
      line += ' ';
      line += std::to_string(label);
    }
    pictures.Update(AsBytes(line + '\n'));
  }
  if (options.data_options.rgb) pictures.Update(AsBytes("red first\n"));
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
          {"--mirror", options.mirror},
          {"--holdout", options.holdout},
          {"--seed", options.seed},
          {"--recipe", options.recipe},
          {"--feature", options.feature_layer},
          {"--activation", options.activation == "sigmoid" ? "" : options.activation},
          {"--threshold", options.threshold ? Json(*options.threshold) : Json("")},
          {"--backbone", options.backbone.empty() ? "" : Canonical(options.backbone).native()}};
}

// "50m", as --time-budget takes it.
std::string DurationText(double seconds) {
  char text[32];
  for (const auto& [unit, length] : {std::pair{'h', 3600.0}, std::pair{'m', 60.0}}) {
    if (std::fmod(seconds, length) != 0) continue;
    std::snprintf(text, sizeof text, "%g%c", seconds / length, unit);
    return text;
  }
  std::snprintf(text, sizeof text, "%gs", seconds);
  return text;
}

std::string ValueText(const Json& value) {
  if (value.is_string()) return Printable(std::string_view(value.get_ref<const std::string&>()));
  if (value.is_number_float()) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", value.get<double>());
    return text;
  }
  if (!value.is_array()) return value.dump();
  std::string list;
  for (const Json& one : value) {
    if (!list.empty()) list += ',';
    list += ValueText(one);
  }
  return list;
}

// A condition as it was, or would be, given on the command line: "with --bits 12,20".
std::string GivenAs(const std::string& name, const Json& value) {
  const bool none = value == false || value == "" || (name == "--time-budget" && value == 0.0);
  if (none) return "without " + name;
  if (value == true) return "with " + name;
  return "with " + name + " " +
         (name == "--time-budget" ? DurationText(value.get<double>()) : ValueText(value));
}

// Indices of the pictures that were left out. With the conditions they decide which pictures are
// trained on and which are held out.
Json LeftOut(const TrainingSet& set) {
  Json pictures = Json::array();
  for (const auto& unreadable : set.store->unreadable()) pictures.push_back(unreadable.picture);
  return pictures;
}

// "22 pictures that ... , the first is PATH: reason"; nothing without any.
std::string Named(const std::vector<size_t>& pictures, const std::string& what,
                  const TrainingSet& set) {
  if (pictures.empty()) return {};
  const bool one = pictures.size() == 1;
  const Path& first = set.store->path(pictures[0]);
  std::string text = one ? "a picture" : std::to_string(pictures.size()) + " pictures";
  text += what + (one ? ": " : ", the first is ") + Printable(first);
  for (const auto& [picture, reason] : set.store->unreadable()) {
    if (picture == pictures[0]) text += ": " + ReasonWithoutPath(IoError(reason), first);
  }
  return text;
}

Status CheckLeftOut(const Json& noted, const TrainOptions& options, const TrainingSet& set) {
  const auto then = noted.get<std::set<size_t>>();
  const auto now = LeftOut(set).get<std::set<size_t>>();
  if (then == now) return {};
  std::vector<size_t> lost;
  std::vector<size_t> found;
  std::ranges::set_difference(now, then, std::back_inserter(lost));
  std::ranges::set_difference(then, now, std::back_inserter(found));
  const std::string differs =
      lost.empty()
          ? Named(found, " that could not be read when the training began can be read now", set)
          : Named(lost, " that could be read when the training began cannot be read now", set);
  return InvalidArgument(differs +
                         "; resume with the pictures and limits (--max-pixels, ...) as "
                         "they were, or remove " +
                         Printable(WorkFolder(options)));
}

}  // namespace

std::string WriteNotes(const TrainOptions& options, const TrainingSet& set, const RunPlace& place,
                       const std::vector<TrainEpoch>& epochs) {
  Json past = Json::array();
  for (const TrainEpoch& e : epochs) {
    past.push_back({e.epoch, e.image_size, e.rate, e.loss, e.accuracy,
                    e.held_out_accuracy ? Json(*e.held_out_accuracy) : Json(), e.images_per_second,
                    e.seconds});
  }
  const Json json = {
      {"conditions", Conditions(options, set)},
      {"left_out", LeftOut(set)},
      {"epochs", past},
      {"place",
       {place.epoch, place.batch, place.steps, place.images, place.seconds, place.image_size,
        place.rate, place.loss_sum, place.right_sum, place.epoch_images, place.epoch_start_seconds,
        place.next_size, place.first_loss, place.mean_loss}}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Status ReadNotes(const std::string& notes, const TrainOptions& options, const TrainingSet& set,
                 RunPlace* place, std::vector<TrainEpoch>* epochs) {
  try {
    const Json json = Json::parse(notes);
    const Json now =
        Json::parse(Conditions(options, set).dump(-1, ' ', false, Json::error_handler_t::replace));
    for (const auto& [name, value] : now.items()) {
      // What an older version did not have was not given.
      const Json then = json.at("conditions").value(name, Json(""));
      if (then == value) continue;
      if (name == "data") {
        return InvalidArgument(
            "the checkpoint is of other pictures or labels; resume with those, or remove " +
            Printable(WorkFolder(options)));
      }
      return InvalidArgument("the checkpoint was made " +
                             GivenAs(name, json.at("conditions").at(name)) + ", not " +
                             GivenAs(name, value) + "; resume with the same, or remove " +
                             Printable(WorkFolder(options)));
    }
    HL_TRY(CheckLeftOut(json.at("left_out"), options, set));
    epochs->clear();
    for (const Json& e : json.at("epochs")) {
      const std::optional<double> held_out =
          e.at(5).is_null() ? std::nullopt : std::optional(e.at(5).get<double>());
      epochs->push_back({e.at(0), e.at(1), e.at(2), e.at(3), e.at(4), held_out, e.at(6), e.at(7)});
    }
    const Json& p = json.at("place");
    *place = {p.at(0), p.at(1), p.at(2), p.at(3),  p.at(4),  p.at(5),  p.at(6),
              p.at(7), p.at(8), p.at(9), p.at(10), p.at(11), p.at(12), p.at(13)};
  } catch (const Json::exception&) {
    return Corruption(Printable(CheckpointFile(options)) + ": notes that make no sense");
  }
  return {};
}

}  // namespace hashlens
