#include <algorithm>
#include <iterator>

#include "base/guard.h"
#include "base/sha256.h"
#include "base/shell_word.h"
#include "base/try.h"
#include "hashlens/library.h"
#include "library/arrange.h"
#include "library/category_tags.h"
#include "library/compact.h"
#include "library/feature_form.h"
#include "library/filter.h"
#include "library/given_pictures.h"
#include "library/housekeeping.h"
#include "library/ingest.h"
#include "library/jobs.h"
#include "library/library_model.h"
#include "library/models.h"
#include "library/reduce.h"
#include "library/refit.h"
#include "library/roots.h"
#include "library/scan.h"
#include "library/segment_files.h"
#include "library/selection.h"
#include "library/snapshot.h"
#include "library/stopwatch.h"
#include "library/stored_features.h"
#include "library/tags.h"
#include "model/encoder.h"

namespace hashlens {
namespace {

// From this many images on a library gets a head fitted to its own features.
constexpr uint64_t kImagesForFit = 1000;
constexpr size_t kReportedPaths = 10;

Status OtherWriter(const Layout& layout, Status status) {
  if (status.code() != StatusCode::kBusy) return status;
  return Busy(Printable(layout.folder) +
              ": another process is changing this library; wait for it or stop it");
}

// Loads a model that somebody named: what is wrong with it is said of its own files, not of the
// copies in the library.
Status TryModel(const CreateOptions& create, const OpenOptions& options) {
  HL_ASSIGN(const ModelPackage package, OpenNamedModel(create.model));
  for (const PackagedHead& head : package.heads) HL_TRY(LoadPackageHead(package, head).status());
  return LoadMaker(package, options, 1).status();
}

}  // namespace

struct LibraryWriter::State {
  Layout layout;
  OpenOptions options;
  FileLock lock;
  Catalog catalog;

  bool made = false;                         // the library, by OpenOrCreate
  bool kept_codes = false;                   // see IndexReport
  std::optional<FeatureForm> features = {};  // asked for; Index brings them about

  int jobs() const { return JobCount(options.jobs); }

  // Codes fitted to the library's own pictures are what becomes of a model's provisional ones.
  static Result<bool> OtherCodes(const ModelPackage& package, const LibraryMeta& meta,
                                 const Reduction* reduction) {
    for (const PackagedHead& head : package.heads) {
      if (head.sha256 == meta.head_sha256) return false;
      if (meta.head_fitted && IsProvisional(head.method)) return false;
      if (reduction == nullptr || head.bits != meta.bits) continue;
      HL_ASSIGN(const HashHead loaded, LoadPackageHead(package, head));
      const std::string reduced = SerializeHead(ReduceHead(loaded, *reduction));
      if (Sha256Hex(AsBytes(reduced)) == meta.head_sha256) return false;
    }
    return true;
  }

  Status CheckModel(const CreateOptions& create) {
    HL_ASSIGN(const LibraryMeta meta, catalog.ReadMeta());
    if (create.bits != 0 && create.bits != meta.bits) {
      return InvalidArgument(Printable(layout.folder) + ": has codes of " +
                             std::to_string(meta.bits) + " bits; `hashlens model fit --bits " +
                             std::to_string(create.bits) + "` changes that");
    }
    if (create.model.empty() && !create.features) return {};
    HL_ASSIGN(const LibraryModel own, OpenLibraryModel(layout, meta));
    if (create.features) HL_TRY(CheckFeatureForm(*create.features, layout, own));
    features = create.features;
    if (create.model.empty()) return {};
    HL_ASSIGN(const ModelPackage package, OpenNamedModel(create.model));
    const std::string& digest = own.package.feature_digest;
    if (package.feature_digest == digest) {
      HL_ASSIGN(kept_codes, OtherCodes(package, meta, own.reduction.get()));
      return {};
    }
    return ModelMismatch(Printable(layout.folder) + ": its features are of model " +
                         meta.model_name + " (" + digest.substr(0, 12) + "), not of " +
                         package.name + " (" + package.feature_digest.substr(0, 12) +
                         "); index into a new library to use another model");
  }

  Status Prune(const ScanResult& scan, const Roots& roots, const IndexOptions& index,
               IndexReport* report) {
    std::vector<uint64_t> gone;
    HL_TRY(ForEachVanished(scan, catalog, roots,
                           [&](const ImageRow& image, const Path& path) -> Status {
                             ++report->vanished;
                             if (report->vanished_paths.size() < kReportedPaths)
                               report->vanished_paths.push_back(path);
                             if (index.prune) gone.push_back(image.id);
                             return {};
                           }));
    if (gone.empty()) return {};
    HL_ASSIGN(report->pruned, catalog.RemoveImages(gone));
    return {};
  }

  // Failures that the scan itself found, and those of files that are no longer there.
  Status NoteScanFailures(const ScanResult& scan, const Roots& roots, IndexReport* report) {
    for (const Path& folder : scan.folders) {
      const RootedPath place = roots.Find(folder);
      HL_TRY(catalog.ForgetUnseenFailures(place.root, place.path));
      for (const auto& [root, path] : roots.Under(folder))
        HL_TRY(catalog.ForgetUnseenFailures(root, ""));
    }
    HL_TRY(catalog.ForgetMendedFailures());
    CatalogBatch batch;
    for (const FailureRow& failure : scan.failures) {
      if (report->failures.size() < kReportedPaths) {
        report->failures.push_back(Printable(roots.Resolve(failure.root, failure.path)) + ": " +
                                   failure.reason);
      }
    }
    batch.failures = scan.failures;
    report->failed += scan.failures.size();
    return batch.failures.empty() ? Status() : catalog.Commit(batch);
  }

  // Everything that looking alone tells: failures, tags for what is there already, vanished files.
  Status NoteScan(const ScanResult& scan, const Roots& roots, const IndexOptions& index,
                  IndexReport* report) {
    report->unchanged = scan.unchanged;
    report->missing = scan.missing.size();
    report->failed = scan.failed_before + report->missing;
    report->skipped = scan.skipped_before;
    report->warnings = scan.warnings;
    report->failures = scan.missing;
    HL_TRY(NoteScanFailures(scan, roots, report));
    if (!scan.unchanged_ids.empty()) {
      HL_ASSIGN(report->tagged,
                catalog.ChangeTags(scan.unchanged_ids, {index.tags, {}, index.own_keys}));
    }
    return Prune(scan, roots, index, report);
  }

  // What comes before looking for pictures, in every run.
  Status BeginRun(uint64_t batch, const Tags& tags, IndexReport* report) const {
    if (batch == 0) return InvalidArgument("a batch must hold at least one image");
    HL_TRY(CheckTags(tags));
    report->kept_codes = kept_codes;
    HL_ASSIGN(const CatalogSnapshot before, catalog.ReadSnapshot());
    return CheckSegmentFiles(layout, before);
  }

  Status Read(const Roots& roots, const IngestWork& work, IndexReport* report) {
    HL_ASSIGN(const LibraryMeta meta, catalog.ReadMeta());
    HL_ASSIGN(const HashHead head, LoadHead(layout, meta));
    HL_ASSIGN(const FeatureMaker maker, LoadMaker(layout, meta, options, jobs()));
    return Ingest({layout, &catalog, roots, head, maker, jobs()}, work, report);
  }

  // What comes after reading, in every run: codes of the library's own, the form of its features.
  Status FinishRun(const ProgressFunction& progress, const std::stop_token& stop,
                   IndexReport* report) {
    if (!report->interrupted) HL_TRY(FitWhenDue(progress, stop, report));
    if (!report->interrupted) HL_TRY(ReduceWhenAsked(progress, stop, report));
    if (report->added > 0 || report->fitted || report->reduction)
      Arrange(ArrangeWhen::kDue, progress, stop, &report->warnings);
    return {};
  }

  // Derived and never needed: what cannot be done now is said, and is no failure.
  void Arrange(ArrangeWhen when, const ProgressFunction& progress, const std::stop_token& stop,
               std::vector<std::string>* warnings) {
    const auto arranged = ArrangeCodes(layout, catalog, when, jobs(), progress, stop);
    if (!arranged.ok())
      warnings->push_back("codes were not arranged for searching: " + arranged.status().message());
  }

  // After new codes.
  Status ArrangeNewCodes(const ProgressFunction& progress, const std::stop_token& stop) {
    HL_TRY(RemoveUnusedFiles(layout, catalog));
    std::vector<std::string> warnings;
    Arrange(ArrangeWhen::kDue, progress, stop, &warnings);
    return warnings.empty() ? Status() : IoError("the codes are new; " + warnings.front());
  }

  Status FitWhenDue(const ProgressFunction& progress, const std::stop_token& stop,
                    IndexReport* report) {
    HL_ASSIGN(const LibraryMeta meta, catalog.ReadMeta());
    HL_ASSIGN(const CatalogCounts counts, catalog.Counts());
    const uint64_t needed = std::max<uint64_t>(kImagesForFit, static_cast<uint64_t>(meta.bits) + 1);
    if (meta.head_fitted || counts.images < needed) return {};
    FitOptions fit;
    fit.progress = progress;
    fit.stop = stop;
    const Stopwatch watch;
    const Status status = Refit(layout, &catalog, fit, jobs());
    report->fit_seconds = watch.Seconds();
    if (status.code() == StatusCode::kCancelled) {
      report->interrupted = true;
      return {};
    }
    if (status.code() ==
        StatusCode::kInvalidArgument) {  // images that differ too little to learn from
      report->warnings.push_back("codes were not fitted to this library: " + status.message());
      return {};
    }
    HL_TRY(status);
    report->fitted = true;
    return RemoveUnusedFiles(layout, catalog);
  }

  // Whether the library is to have other features than it has: CheckFeatureForm was there before.
  Result<bool> ReductionIsDue(const std::optional<FeatureForm>& form) const {
    if (!form) return false;
    HL_ASSIGN(const LibraryMeta meta, catalog.ReadMeta());
    HL_ASSIGN(const LibraryModel model, OpenLibraryModel(layout, meta));
    HL_TRY(CheckFeatureForm(*form, layout, model));
    return model.form() != *form;
  }

  // What a failure leaves behind may be large.
  Result<CompactReport> Reduce(const FeatureForm& form, const ProgressFunction& progress,
                               std::stop_token stop) {
    auto report = ReduceLibrary(layout, &catalog, form, progress, std::move(stop));
    const Status cleared = RemoveUnusedFiles(layout, catalog);
    if (report.ok()) HL_TRY(cleared);
    return report;
  }

  Status ReduceWhenAsked(const ProgressFunction& progress, const std::stop_token& stop,
                         IndexReport* report) {
    HL_ASSIGN(const bool due, ReductionIsDue(features));
    if (!due) return {};
    HL_ASSIGN(const CatalogCounts counts, catalog.Counts());
    if (counts.images < ImagesNeeded(*features)) {
      const std::string name = FeatureFormName(*features);
      report->warnings.push_back("features are full: " + name + " needs " +
                                 std::to_string(ImagesNeeded(*features)) +
                                 " images to learn from, and " + std::to_string(counts.images) +
                                 " are there; when there are more: `hashlens compact " +
                                 ShellWord(layout.folder) + " --features " + name + "`");
      return {};
    }
    auto reduced = Reduce(*features, progress, stop);
    if (reduced.status().code() == StatusCode::kCancelled) {
      report->interrupted = true;
      return {};
    }
    HL_TRY(reduced.status());
    report->reduction = reduced->reduction;
    return {};
  }
};

LibraryWriter::LibraryWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LibraryWriter::LibraryWriter(LibraryWriter&&) noexcept = default;
LibraryWriter& LibraryWriter::operator=(LibraryWriter&&) noexcept = default;
LibraryWriter::~LibraryWriter() = default;

Result<LibraryWriter> LibraryWriter::Open(const Path& path, const OpenOptions& options) try {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  HL_TRY(RequireLibrary(layout, path));
  auto lock = FileLock::TryAcquire(layout.Lock());
  if (!lock.ok()) return OtherWriter(layout, lock.status());
  HL_ASSIGN(Catalog catalog, Catalog::Open(layout.Catalog(), Catalog::Mode::kWrite));
  HL_TRY(RemoveUnusedFiles(layout, catalog));
  return LibraryWriter(
      std::make_unique<State>(State{layout, options, std::move(*lock), std::move(catalog)}));
} catch (...) {
  return CaughtStatus();
}

Result<LibraryWriter> LibraryWriter::OpenOrCreate(const Path& path, const CreateOptions& create,
                                                  const OpenOptions& options) try {
  const Layout layout{AbsolutePath(LibraryPath(path))};
  const std::string name = layout.folder.filename().native();
  if (path.empty() || name == ".hashlens" || name == "..hashlens" || name == "...hashlens") {
    return InvalidArgument(
        "\"" + Printable(path) +
        "\" is no name for a library; `hashlens index photos PATH` makes photos.hashlens");
  }
  const Status present = RequireLibrary(layout, path);
  if (!present.ok() && present.code() != StatusCode::kNotFound) return present;
  if (!present.ok()) {
    CreateOptions with_model = create;
    with_model.model = FindModel(create.model);
    if (create.model.empty()) {
      HL_ASSIGN(with_model.model, DefaultModel());
    }
    HL_TRY(CheckDevice(options.device.name));  // before there is anything to take back
    if (!create.model.empty()) HL_TRY(TryModel(with_model, options));
    if (create.features) {
      HL_ASSIGN(const ModelPackage package, OpenNamedModel(with_model.model));
      HL_TRY(CheckFeatureForm(*create.features, package.dim));
    }
    const auto lock = CreateLibrary(layout, with_model);  // given back before Open takes it again
    if (!lock.ok()) return OtherWriter(layout, lock.status());
  }
  HL_ASSIGN(LibraryWriter writer, Open(layout.folder, options));
  writer.state_->made = !present.ok();
  HL_TRY(writer.state_->CheckModel(create));
  return writer;
} catch (...) {
  return CaughtStatus();
}

Result<bool> LibraryWriter::DiscardIfEmpty() try {
  if (!state_->made) return false;
  HL_ASSIGN(const CatalogCounts counts, state_->catalog.Counts());
  if (counts.images > 0) return false;
  const Layout layout = state_->layout;
  const FileLock lock = std::move(state_->lock);
  state_.reset();  // closes the catalog
  HL_TRY(DiscardLibrary(layout));
  return true;
} catch (...) {
  return CaughtStatus();
}

Result<IndexReport> LibraryWriter::Index(const IndexOptions& options) try {
  if (options.paths.empty()) return InvalidArgument("no folders or files to index");
  const Stopwatch watch;
  IndexReport report;
  HL_TRY(state_->BeginRun(options.batch, options.tags, &report));
  HL_ASSIGN(Roots roots, Roots::Load(state_->catalog, state_->layout.folder));
  HL_ASSIGN(const ScanResult scan, ScanFiles(options, &state_->catalog, &roots));
  if (options.stop.stop_requested()) {
    report.interrupted = true;
    return report;
  }
  HL_TRY(state_->NoteScan(scan, roots, options, &report));
  if (state_->catalog.queued() > 0)
    HL_TRY(state_->Read(roots, QueuedFiles(&state_->catalog, options), &report));
  HL_TRY(state_->FinishRun(options.progress, options.stop, &report));
  report.seconds = watch.Seconds();
  return report;
} catch (...) {
  return CaughtStatus();
}

Result<IndexReport> LibraryWriter::Add(const AddOptions& options) try {
  if (!options.next) return InvalidArgument("there is nothing that gives pictures");
  const Stopwatch watch;
  IndexReport report;
  HL_TRY(state_->BeginRun(options.batch, options.tags, &report));
  HL_ASSIGN(Roots roots, Roots::Load(state_->catalog, state_->layout.folder));
  HL_ASSIGN(GivenPictures pictures,
            GivenPictures::Begin(state_->layout, &state_->catalog, &roots, options, &report));
  const auto next = [&pictures] { return pictures.Next(); };
  const Status status = state_->Read(roots,
                                     {next, options.total, options.tags, options.own_keys,
                                      options.batch, options.progress, options.stop},
                                     &report);
  HL_TRY(state_->catalog.ForgetMendedFailures());
  HL_TRY(state_->FinishRun(options.progress, options.stop, &report));
  HL_TRY(status);
  report.seconds = watch.Seconds();
  return report;
} catch (...) {
  return CaughtStatus();
}

Result<uint64_t> LibraryWriter::Remove(const ImageSelection& images) try {
  HL_ASSIGN(const Roots roots, Roots::Load(state_->catalog, state_->layout.folder));
  HL_ASSIGN(const std::vector<uint64_t> ids, SelectedIds(images, state_->catalog, roots));
  return state_->catalog.RemoveImages(ids);
} catch (...) {
  return CaughtStatus();
}

Result<uint64_t> LibraryWriter::ChangeTags(const ImageSelection& images,
                                           const TagChange& change) try {
  HL_TRY(CheckTags(change.add));
  HL_ASSIGN(const Roots roots, Roots::Load(state_->catalog, state_->layout.folder));
  HL_ASSIGN(const std::vector<uint64_t> ids, SelectedIds(images, state_->catalog, roots));
  return state_->catalog.ChangeTags(ids, {change.add, change.remove, change.remove_keys});
} catch (...) {
  return CaughtStatus();
}

Result<CategoryTagReport> LibraryWriter::TagCategories(const CategoryTagOptions& options) try {
  return hashlens::TagCategories(state_->layout, &state_->catalog, options, state_->jobs());
} catch (...) {
  return CaughtStatus();
}

Status LibraryWriter::Fit(const FitOptions& options) try {
  HL_TRY(Refit(state_->layout, &state_->catalog, options, state_->jobs()));
  return state_->ArrangeNewCodes(options.progress, options.stop);
} catch (...) {
  return CaughtStatus();
}

Result<uint64_t> LibraryWriter::RebuildCodes(const ProgressFunction& progress,
                                             std::stop_token stop) try {
  return hashlens::RebuildCodes(state_->layout, state_->catalog, state_->jobs(), progress,
                                std::move(stop));
} catch (...) {
  return CaughtStatus();
}

Result<StoredFeatures> LibraryWriter::FeaturesAt(const std::vector<Path>& pictures) const try {
  HL_ASSIGN(const Roots roots, Roots::Load(state_->catalog, state_->layout.folder));
  return hashlens::FeaturesAt(state_->layout, state_->catalog, roots, pictures);
} catch (...) {
  return CaughtStatus();
}

Result<std::string> LibraryWriter::HeadBytes() const try {
  HL_ASSIGN(const LibraryMeta meta, state_->catalog.ReadMeta());
  HL_ASSIGN(const HashHead head, LoadHead(state_->layout, meta));
  return SerializeHead(head);
} catch (...) {
  return CaughtStatus();
}

Status LibraryWriter::UseHead(std::string_view head_bytes, const ProgressFunction& progress,
                              std::stop_token stop) try {
  HL_ASSIGN(const HashHead head, ParseHead(AsBytes(head_bytes)));
  HL_ASSIGN(const LibraryMeta meta, state_->catalog.ReadMeta());
  if (head.dim != meta.dim) {
    return InvalidArgument("the head is for features of " + std::to_string(head.dim) +
                           " dimensions, the library's have " + std::to_string(meta.dim));
  }
  HL_TRY(Recode(state_->layout, &state_->catalog, head, /*final=*/true, state_->jobs(), progress,
                stop));
  return state_->ArrangeNewCodes(progress, stop);
} catch (...) {
  return CaughtStatus();
}

Result<CompactReport> LibraryWriter::Compact(const CompactOptions& options) try {
  HL_ASSIGN(const bool reduce, state_->ReductionIsDue(options.features));
  CompactReport report;
  if (reduce) {
    HL_ASSIGN(report, state_->Reduce(*options.features, options.progress, options.stop));
  } else {
    HL_ASSIGN(const LibraryMeta meta, state_->catalog.ReadMeta());
    HL_ASSIGN(const HashHead head, LoadHead(state_->layout, meta));
    HL_ASSIGN(report, CompactSegments(state_->layout, &state_->catalog, head, options.progress,
                                      options.stop));
    HL_TRY(RemoveUnusedFiles(state_->layout, state_->catalog));
  }
  state_->Arrange(ArrangeWhen::kPartial, options.progress, options.stop, &report.warnings);
  return report;
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
