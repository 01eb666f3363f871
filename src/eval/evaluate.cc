#include <algorithm>

#include "base/try.h"
#include "data/labelled_set.h"
#include "data/split.h"
#include "eval/baselines.h"
#include "eval/core.h"
#include "eval/descriptors.h"
#include "eval/picture_pass.h"
#include "eval/sides.h"
#include "hashlens/eval.h"
#include "hashlens/library.h"
#include "library/jobs.h"
#include "library/models.h"
#include "model/model_package.h"

namespace hashlens {
namespace {

constexpr int kUsualBits = 128;

Result<std::vector<HashHead>> LoadHeads(const ModelPackage& package, int bits) {
  std::vector<HashHead> heads;
  std::string lengths;
  for (const PackagedHead& packaged : package.heads) {
    lengths += (lengths.empty() ? "" : ", ") + std::to_string(packaged.bits);
    if (bits != 0 && packaged.bits != bits) continue;
    HL_ASSIGN(HashHead head, LoadPackageHead(package, packaged));
    heads.push_back(std::move(head));
  }
  if (heads.empty() && bits != 0) {
    return InvalidArgument("model " + package.name + " has no head of " + std::to_string(bits) +
                           " bits, " + (lengths.empty() ? "and no other" : "only " + lengths));
  }
  return heads;
}

Result<Sides> ReadSides(const EvalOptions& options) {
  LabelReadOptions how;
  how.data = options.data;
  how.stop = options.stop;
  const auto read = [&](const Path& data, size_t per_class) -> Result<LabelledSet> {
    HL_ASSIGN(LabelledSet set, ReadLabelledSet(data, how));
    if (per_class == 0) return set;
    LabelledSet sample = Sample(set, per_class, options.seed);
    sample.unreadable = std::move(set.unreadable);
    return sample;
  };
  HL_ASSIGN(LabelledSet database, read(options.database, options.sample_database));
  HL_ASSIGN(LabelledSet queries, read(options.queries, options.sample_queries));
  Sides sides = JoinSides(std::move(database), std::move(queries));
  ShufflePictures(&sides.database, options.seed);
  return sides;
}

// `unreadable`: those of which not even the label is known.
EvalSide Describe(const Path& data, const std::vector<std::string>& unreadable,
                  const FeatureSet& set, size_t classes) {
  EvalSide side{data, set.pictures.size(), set.failed + unreadable.size(), unreadable,
                CountClasses(set.pictures, classes)};
  side.failures.insert(side.failures.end(), set.failures.begin(), set.failures.end());
  side.failures.resize(std::min(side.failures.size(), kReportedFailures));
  return side;
}

// A head's ways of ranking.
Status JudgeHead(const HashHead& head, const Relevance& relevance, const FeatureSet& database,
                 const FeatureSet& queries, const EvalOptions& options, const CoreOptions& core,
                 std::vector<EvalMethod>* methods) {
  const RerankInput rerank{&database.features, &queries.features, head.mean, options.candidates,
                           options.most_candidates};
  HL_ASSIGN(CodeFigures figures,
            JudgeCodes(relevance, CodesOf(head, database.features, core.threads),
                       CodesOf(head, queries.features, core.threads), &rerank, core));
  EvalMethod& codes = figures.by_code;
  codes.name = "codes";
  codes.about = "the model's head, " + head.method;
  codes.bits = head.bits;
  codes.bytes_per_image = static_cast<double>(CodeBytes(head.bits));
  const double bytes =
      codes.bytes_per_image + static_cast<double>(sizeof(uint16_t) * database.features.dim);
  const std::string nearest = "the " + std::to_string(options.candidates) + " nearest codes";
  const std::string order = " in order of feature distance, centred on the head's mean";
  methods->push_back(std::move(codes));
  const auto add = [&](std::optional<EvalMethod>* method, const char* name, std::string about) {
    if (!*method) return;
    (*method)->name = name;
    (*method)->about = std::move(about);
    (*method)->bits = head.bits;
    (*method)->bytes_per_image = bytes;
    methods->push_back(std::move(**method));
  };
  add(&figures.reranked, "codes + re-rank",
      nearest + ", and those as near as the last of them (up to " +
          std::to_string(options.most_candidates) + " in all)," + order);
  add(&figures.cut, "codes + re-rank, cut", nearest + " and no more," + order);
  return {};
}

Status JudgeFeatures(const Relevance& relevance, const FeatureSet& database,
                     const FeatureSet& queries, const CoreOptions& core,
                     std::vector<EvalMethod>* methods) {
  const std::vector<float> mean = MeanOf(database.features);
  HL_ASSIGN(EvalMethod method,
            JudgeVectors(relevance, Centred(database.features, mean, core.threads),
                         Centred(queries.features, mean, core.threads), core));
  method.name = "features";
  method.about = "linear scan of all features in float32, centred on the database's mean";
  method.bytes_per_image = static_cast<double>(sizeof(float) * database.features.dim);
  methods->push_back(std::move(method));
  return {};
}

// The length that a new library would have.
int BaselineBits(const std::vector<HashHead>& heads) {
  for (const HashHead& head : heads) {
    if (head.bits == kUsualBits) return head.bits;
  }
  return heads.empty() ? kUsualBits : heads.back().bits;
}

void CountAnswers(const Relevance& relevance, EvalReport* report) {
  std::vector<Answer> marks(relevance.rows());
  for (size_t query = 0; query < relevance.queries(); ++query) {
    report->in_both += relevance.Own(query) ? 1 : 0;
    report->unanswerable += relevance.Mark(query, marks) == 0 ? 1 : 0;
  }
}

}  // namespace

Result<EvalReport> Evaluate(const EvalOptions& options) {
  if (options.k == 0 || options.candidates == 0)
    return InvalidArgument("k and candidates must be 1 or more");
  Path model = options.model;
  if (model.empty()) {
    HL_ASSIGN(model, DefaultModel());
  }
  HL_ASSIGN(const ModelPackage package, OpenNamedModel(model));
  HL_ASSIGN(const std::vector<HashHead> heads, LoadHeads(package, options.bits));
  HL_ASSIGN(Sides sides, ReadSides(options));
  const int jobs = JobCount(options.open.jobs);
  HL_ASSIGN(const FeatureMaker maker, LoadMaker(package, options.open, jobs));
  const PassOptions pass{jobs, options.progress, options.stop, options.open.limits.max_bytes};
  HL_ASSIGN(const FeatureSet database,
            MakeFeatures(maker, std::move(sides.database), "features of the database", pass));
  HL_ASSIGN(const FeatureSet queries,
            MakeFeatures(maker, std::move(sides.queries), "features of the queries", pass));

  EvalReport report;
  report.model = package.name;
  report.model_path = package.folder;
  report.feature_digest = package.feature_digest;
  report.dim = package.dim;
  report.classes = sides.classes.size();
  report.database =
      Describe(options.database, sides.unreadable_database, database, sides.classes.size());
  report.queries =
      Describe(options.queries, sides.unreadable_queries, queries, sides.classes.size());
  const double pictures = static_cast<double>(database.pictures.size() + queries.pictures.size());
  report.decode_ms = (database.decode_ms + queries.decode_ms) / pictures;
  report.network_ms = (database.network_ms + queries.network_ms) / pictures;
  for (const FeatureSet* set : {&database, &queries}) {
    for (const LabelledPicture& picture : set->pictures)
      report.multi_label = report.multi_label || picture.labels.size() != 1;
  }

  const Relevance relevance(sides.classes.size(), LabelsOf(database.pictures),
                            LabelsOf(queries.pictures),
                            OwnRows(database.pictures, queries.pictures));
  CountAnswers(relevance, &report);
  const CoreOptions core{options.k, jobs, options.progress, options.stop};
  for (const HashHead& head : heads) {
    HL_TRY(JudgeHead(head, relevance, database, queries, options, core, &report.methods));
  }
  HL_TRY(JudgeFeatures(relevance, database, queries, core, &report.methods));
  if (options.baselines) {
    const BaselineInput input{relevance,           database.features, queries.features,
                              BaselineBits(heads), options.seed,      core};
    HL_TRY(AddBaselines(input, &report));
    HL_TRY(AddDescriptors(input, {database, queries, options.open.limits, pass}, &report));
  }
  return report;
}

}  // namespace hashlens
