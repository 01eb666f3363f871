#include "model/training_notes.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace hashlens {
namespace {

using Json = nlohmann::json;

constexpr char kSection[] = "hashlens";
constexpr char kKey[] = "training";
constexpr double kMostRate = 1e6;

bool IsFactor(double value) { return value >= 0 && value <= kMostRate; }

}  // namespace

void NoteForTraining(const TrainingNotes& notes, ov::Model* model) {
  if (notes.rates.empty() && notes.dropout.empty()) return;
  Json rates = Json::object();
  for (const auto& [name, weight] : notes.rates) rates[name] = {weight.rate, weight.decay};
  const Json json = {{"rates", rates}, {"dropout", notes.dropout}};
  model->set_rt_info(json.dump(-1, ' ', false, Json::error_handler_t::replace), kSection, kKey);
}

Result<TrainingNotes> ReadTrainingNotes(const ov::Model& model) {
  TrainingNotes notes;
  if (!model.has_rt_info(kSection, kKey)) return notes;
  try {
    const Json json = Json::parse(model.get_rt_info<std::string>(kSection, kKey));
    for (const auto& [name, weight] : json.at("rates").items()) {
      const WeightRates rates{weight.at(0), weight.at(1)};
      if (!IsFactor(rates.rate) || !IsFactor(rates.decay))
        return Corruption("the rates of \"" + name + "\" for training are out of range");
      notes.rates[name] = rates;
    }
    for (const auto& [name, share] : json.at("dropout").items()) {
      notes.dropout[name] = share;
      if (!(notes.dropout[name] >= 0 && notes.dropout[name] < 1))
        return Corruption("the dropout of \"" + name + "\" is out of range");
    }
  } catch (const Json::exception&) {
    return Corruption("its notes for training make no sense");
  }
  return notes;
}

}  // namespace hashlens
