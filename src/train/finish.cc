// From a trained network to model packages: export, features, heads, and which head is better.
#include <algorithm>
#include <chrono>

#include "base/try.h"
#include "train/features.h"
#include "train/head_choice.h"
#include "train/head_trainer.h"
#include "train/packages.h"
#include "train/run.h"

namespace hashlens {
namespace {

constexpr double kCropFraction = 1;  // of trained networks: what training sees, search sees
constexpr char kLatent[] = "latent";
constexpr char kRefit[] = "latent-refit";

std::vector<std::vector<int>> LabelsOf(const TrainingSet& set,
                                       const std::vector<size_t>& pictures) {
  std::vector<std::vector<int>> labels;
  for (const size_t picture : pictures) labels.push_back(set.labels[picture]);
  return labels;
}

// The network alone, as a package in the work folder, to be run as search will run it.
Result<ModelPackage> ExportNetwork(const TrainOptions& options, const Learner& learner) {
  const Path folder = WorkFolder(options) / "network";
  std::error_code error;
  std::filesystem::remove_all(folder, error);  // of an interrupted finish
  const Path xml = WorkFolder(options) / "network.xml";
  const LiteModule& network =
      const_cast<Learner&>(learner).network();  // NOLINT: torch has no const
  HL_TRY(SaveLiteNetwork(network.network(), network.Save(), {options.input_size, options.mirror},
                         xml));
  NetworkInput input;
  input.size = options.input_size;
  input.crop_fraction = kCropFraction;
  return WriteModelPackage(folder, options.output.filename().native(),
                           network.network().feature_dim, input, xml, {});
}

void Warn(const std::string& complaint, const TrainOptions& options, TrainReport* report) {
  if (complaint.empty()) return;
  report->warnings.push_back(complaint +
                             "; a lower --rate, more --epochs or other labels may help");
  if (options.on_warning) options.on_warning(report->warnings.back());
}

}  // namespace

Path PackagePath(const TrainOptions& options, int bits) {
  if (options.bits.size() == 1) return options.output;
  Path path = options.output;
  path += '-';
  path += std::to_string(bits);
  return path;
}

Status FinishTraining(const TrainOptions& options, const TrainingSet& set, Learner* learner,
                      TrainReport* report) {
  const auto start = std::chrono::steady_clock::now();
  HL_ASSIGN(const ModelPackage network, ExportNetwork(options, *learner));
  const auto features_of = [&](const std::vector<size_t>& pictures) {
    return FeaturesOf(*set.store, pictures, network, options.open, options.progress, options.stop);
  };
  HL_ASSIGN(const std::vector<float> trained, features_of(set.trained));
  HL_ASSIGN(const std::vector<float> held_out, features_of(set.held_out));
  const std::vector<std::vector<int>> labels = LabelsOf(set, set.trained);
  const std::vector<std::vector<int>> held_out_labels = LabelsOf(set, set.held_out);
  const std::vector<float> mean = MeanFeature(trained, static_cast<size_t>(network.dim));

  HeadTrainOptions refit;
  refit.latents = LearnerOptionsOf(options, set, torch::kCPU).latents;
  refit.seed = options.seed;
  refit.progress = options.progress;
  refit.stop = options.stop;
  std::vector<Classifier> classifiers;
  HL_ASSIGN(std::vector<HashHead> heads, TrainHeads(trained, labels, mean, refit, &classifiers));
  const std::optional<double> chance = ChanceMap(labels, held_out_labels, options.seed);
  for (size_t i = 0; i < heads.size(); ++i) {
    TrainedHead made;
    made.bits = heads[i].bits;
    made.package = PackagePath(options, made.bits);
    heads[i].method = made.method = kRefit;
    HashHead latent = learner->latents()[i]->Head(mean, kLatent);
    const LabelledCodes database{trained, &labels};
    const LabelledCodes queries{held_out, &held_out_labels};
    made.refit_map = HeldOutMap(heads[i], database, queries, options.seed);
    made.latent_map = HeldOutMap(latent, database, queries, options.seed);
    if (made.latent_map && *made.latent_map >= *made.refit_map) {
      made.method = kLatent;
      heads[i] = std::move(latent);
      classifiers[i] = learner->latents()[i]->ClassRows();
    }
    HL_TRY(WriteHeadPackage(
        options, network, heads[i],
        ClassifierParts{SerializeClassifier(classifiers[i]), ClassNamesOf(set.classes)}));
    Warn(Complaint(heads[i], trained, std::max(made.latent_map, made.refit_map), chance), options,
         report);
    report->heads.push_back(std::move(made));
  }
  report->finish_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {};
}

}  // namespace hashlens
