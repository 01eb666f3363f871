// From a trained network to model packages: export, features, heads, and which head is better.
#include <algorithm>
#include <chrono>

#include "base/try.h"
#include "train/backbone.h"
#include "train/features.h"
#include "train/head_choice.h"
#include "train/head_trainer.h"
#include "train/packages.h"
#include "train/recipe.h"
#include "train/run.h"

namespace hashlens {
namespace {

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
  NetworkModule& network = const_cast<Learner&>(learner).network();  // NOLINT: torch has no const
  HL_TRY(network.Export(options.input_size, options.mirror, xml));
  return WriteModelPackage(folder, options.output.filename().native(), network.dim(),
                           InputOf(options, network), xml, {});
}

// Latent layers learned anew on the finished network's features.
Result<std::vector<HashHead>> Refit(const TrainOptions& options, const TrainingSet& set,
                                    const std::vector<float>& features,
                                    const std::vector<std::vector<int>>& labels,
                                    const std::vector<float>& mean,
                                    std::vector<Classifier>* classifiers) {
  HeadTrainOptions refit;
  refit.latents =
      LearnerOptionsOf(options, set, static_cast<int>(mean.size()), torch::kCPU).latents;
  refit.seed = options.seed;
  refit.progress = options.progress;
  refit.stop = options.stop;
  return TrainHeads(features, labels, mean, refit, classifiers);
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

  // The paper's recipe has one candidate, the layer that was trained with the network.
  const bool joint = IsPaperRecipe(options);
  std::vector<HashHead> refits;
  std::vector<Classifier> classifiers;
  if (!joint) {
    HL_ASSIGN(refits, Refit(options, set, trained, labels, mean, &classifiers));
  }
  const std::optional<double> chance = ChanceMap(labels, held_out_labels, options.seed);
  const LabelledCodes database{trained, &labels};
  const LabelledCodes queries{held_out, &held_out_labels};
  for (size_t i = 0; i < learner->latents().size(); ++i) {
    TrainedHead made;
    HashHead head = learner->latents()[i]->Head(mean, kLatent);
    Classifier classifier = learner->latents()[i]->ClassRows();
    made.latent_map = HeldOutMap(head, database, queries, options.seed);
    if (!joint) {
      refits[i].method = kRefit;
      made.refit_map = HeldOutMap(refits[i], database, queries, options.seed);
      if (!made.latent_map || *made.latent_map < *made.refit_map) {
        head = std::move(refits[i]);
        classifier = std::move(classifiers[i]);
      }
    }
    made.bits = head.bits;
    made.package = PackagePath(options, made.bits);
    made.method = head.method;
    HL_TRY(WriteHeadPackage(
        options, network, head,
        ClassifierParts{SerializeClassifier(classifier), ClassNamesOf(set.classes)}));
    Warn(Complaint(head, trained, std::max(made.latent_map, made.refit_map), chance), options,
         report);
    report->heads.push_back(std::move(made));
  }
  report->finish_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return {};
}

}  // namespace hashlens
