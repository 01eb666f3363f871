#include "apps/cli/train_report.h"

#include "apps/cli/session.h"

namespace hashlens {

nlohmann::json TrainReportJson(const TrainOptions& options, const TrainReport& report) {
  nlohmann::json epochs = nlohmann::json::array();
  for (const TrainEpoch& e : report.epochs) {
    epochs.push_back({{"epoch", e.epoch},
                      {"image_size", e.image_size},
                      {"rate", e.rate},
                      {"loss", e.loss},
                      {"accuracy", e.accuracy},
                      {"held_out_accuracy", e.held_out_accuracy},
                      {"images_per_s", e.images_per_second},
                      {"seconds", e.seconds}});
  }
  nlohmann::json heads = nlohmann::json::array();
  for (const TrainedHead& head : report.heads) {
    nlohmann::json json = {{"bits", head.bits},
                           {"method", head.method},
                           {"latent_map", head.latent_map},
                           {"refit_map", head.refit_map}};
    AddPathField(&json, head.package);
    heads.push_back(std::move(json));
  }
  return {{"version", 1},
          {"classes", report.classes},
          {"pictures", report.pictures},
          {"held_out", report.held_out},
          {"unreadable", report.unreadable},
          {"loss", options.loss},
          {"seed", options.seed},
          {"epochs", epochs},
          {"heads", heads},
          {"train_seconds", report.train_seconds},
          {"finish_seconds", report.finish_seconds},
          {"interrupted", report.interrupted}};
}

Status WriteTrainReportHtml(const std::filesystem::path&, const TrainOptions&, const TrainReport&) {
  return Unsupported("later");
}

}  // namespace hashlens
