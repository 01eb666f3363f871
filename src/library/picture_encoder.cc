// The public class that encodes pictures without a library.
#include <cmath>
#include <optional>
#include <utility>

#include "base/guard.h"
#include "base/ordered_workers.h"
#include "base/try.h"
#include "hash/hash_head.h"
#include "hashlens/encode.h"
#include "hashlens/library.h"
#include "library/categories.h"
#include "library/feature_maker.h"
#include "library/jobs.h"
#include "library/models.h"
#include "library/picture_feature.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

// One picture, encoded or refused.
struct Encoded {
  EncodedPicture picture;
  ReadingFacts facts;
  Status status;
};

Status CheckParts(const EncodeOptions& options) {
  const EncodedParts& parts = options.parts;
  if (parts.empty() && options.categories < 1)
    return InvalidArgument("none of feature, activations, code and categories is wanted");
  if (options.categories < 0)
    return InvalidArgument("there are no " + std::to_string(options.categories) + " categories");
  if (!options.layer.empty() && (parts.code || parts.activations || options.categories > 0)) {
    return InvalidArgument("layer \"" + Printable(std::string_view(options.layer)) +
                           "\": its output is wanted alone; codes and activations are of the "
                           "model's feature");
  }
  return {};
}

}  // namespace

struct PictureEncoder::State {
  EncodedForm form;
  FeatureMaker maker;
  std::optional<HashHead> head;
  std::optional<CategoryMaker> categories;
  size_t top;  // of the categories
  int jobs;

  // Heads of networks from Caffe were learned on the network's output as it came.
  double LatentScale(const MadeFeature& made) const {
    const bool as_it_came = head->method == kCaffeMethod && made.length > 0;
    return as_it_came ? made.length : 1;
  }

  // Of the network; 0 where it is not known, because a feature of unit length was given.
  static double OutputLength(const MadeFeature& made) {
    constexpr double kNearOne = 0.01;
    const bool is_unit = made.width == 0 && std::abs(made.length - 1) < kNearOne;
    return is_unit ? 0 : made.length;
  }

  // Of what is made of one picture; the feature even where it is not wanted.
  uint64_t MadeBytes() const {
    const auto numbers = static_cast<uint64_t>(form.dim) + static_cast<uint64_t>(form.bits);
    return numbers * sizeof(float) + form.code_bytes;
  }

  void Fill(MadeFeature made, EncodedPicture* picture) const {
    picture->damage = std::move(made.damage);
    if (form.parts.activations) {
      picture->activations.resize(static_cast<size_t>(form.bits));
      ApplyLatent(*head, made.values, LatentScale(made), picture->activations);
    }
    if (form.parts.code) {
      picture->code.resize(form.code_bytes);
      ApplyHead(*head, made.values, picture->code);
    }
    if (categories) picture->categories = categories->Top(made.values, OutputLength(made), top);
    if (form.parts.feature) picture->feature = std::move(made.values);
  }

  Result<MadeFeature> Make(const PictureInput& input, ReadingFacts* facts) const {
    if (!input.given) return FeatureOfFile(maker, input.path, input.named, facts);
    if (!form.layer.empty() && !input.given->feature.empty())
      return InvalidArgument("is a feature, of which no layer can be had");
    return FeatureOfGiven(maker, *input.given, facts);
  }

  // Never throws for what a picture is like, or for the memory that it wants.
  Encoded Encode(PictureInput input) const {
    Encoded encoded;
    encoded.status = GuardExceptions([&]() -> Status {
      HL_ASSIGN(MadeFeature made, Make(input, &encoded.facts));
      Fill(std::move(made), &encoded.picture);
      return {};
    });
    encoded.picture.path = std::move(input.path);
    encoded.picture.labels = std::move(input.labels);
    if (!encoded.status.ok()) encoded.picture.error = encoded.status.message();
    return encoded;
  }
};

PictureEncoder::PictureEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
PictureEncoder::PictureEncoder(PictureEncoder&&) noexcept = default;
PictureEncoder& PictureEncoder::operator=(PictureEncoder&&) noexcept = default;
PictureEncoder::~PictureEncoder() = default;

const EncodedForm& PictureEncoder::form() const { return state_->form; }

Result<PictureEncoder> PictureEncoder::Open(const EncodeOptions& options) try {
  HL_TRY(CheckParts(options));
  Path model = options.model;
  if (model.empty()) {
    HL_ASSIGN(model, DefaultModel());
  }
  HL_ASSIGN(const ModelPackage package, OpenNamedModel(model));
  EncodedForm form;
  form.model = package.name;
  form.feature_digest = package.feature_digest;
  form.parts = options.parts;
  form.layer = options.layer;
  std::optional<HashHead> head;
  if (form.parts.activations || form.parts.code) {
    HL_ASSIGN(const PackagedHead chosen, ChooseHead(package, options.bits));
    HL_ASSIGN(head, LoadPackageHead(package, chosen));
    form.bits = head->bits;
    form.code_bytes = CodeBytes(head->bits);
    form.method = head->method;
  }
  std::optional<CategoryMaker> categories;
  if (options.categories > 0) {
    HL_ASSIGN(categories, CategoryMaker::Load(package));
    form.classes = categories->classes();
  }
  const int jobs = JobCount(options.open.jobs);
  auto maker = options.layer.empty() ? LoadMaker(package, options.open, jobs)
                                     : LoadLayerMaker(package, options.open, jobs, options.layer);
  if (!maker.ok()) return maker.status();
  form.dim = maker->dim();
  form.shape = maker->shape();
  return PictureEncoder(std::make_unique<State>(
      State{std::move(form), std::move(*maker), std::move(head), std::move(categories),
            static_cast<size_t>(options.categories), jobs}));
} catch (...) {
  return CaughtStatus();
}

Result<EncodeReport> PictureEncoder::Encode(const PictureFeed& next, const EncodedSink& sink,
                                            const EncodeRun& run) const try {
  const State& state = *state_;
  const Stopwatch watch;
  EncodeReport report;
  OrderedWorkers<PictureInput, Encoded> workers(
      IngestWorkers(state.jobs), PicturesInFlight(state.jobs),
      [&state](size_t, PictureInput input) { return state.Encode(std::move(input)); },
      kMaxBytesInFlight);
  Status source;  // of next
  bool more = true;
  Stopwatch since_progress;
  while (true) {
    while (more && workers.has_room()) {
      report.interrupted = report.interrupted || run.stop.stop_requested();
      if (report.interrupted) break;
      auto input = next();
      more = input.ok() && *input;
      if (input.status().code() == StatusCode::kCancelled) {
        report.interrupted = true;
      } else if (!input.ok()) {
        source = input.status();
      }
      if (!more) break;
      const uint64_t bytes = BytesInFlight((*input)->given, state.MadeBytes());
      workers.Give(std::move(**input), bytes);
    }
    more = more && !report.interrupted;
    if (workers.empty()) break;
    const Encoded encoded = workers.Take();
    if (encoded.facts.fatal) return encoded.status;
    if (!encoded.facts.picture) {
      ++report.skipped;
    } else {
      ++(encoded.status.ok() ? report.encoded : report.failed);
      if (!encoded.picture.damage.empty()) ++report.damaged;
      HL_TRY(sink(encoded.picture));
    }
    const bool last = workers.empty() && !more;
    if (run.progress && (since_progress.Seconds() >= kProgressSeconds || last)) {
      since_progress.Lap();
      run.progress({"encoding", workers.taken(), run.total, report.failed, report.skipped});
    }
  }
  HL_TRY(source);
  report.seconds = watch.Seconds();
  return report;
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
